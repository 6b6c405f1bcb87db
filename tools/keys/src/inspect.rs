//! The explanation of a token, for people who look for a fault.

use std::time::SystemTime;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use loop_core::{
    CalleeName, KeyRing, PeekedCallUrl, PeekedSession, Reason, Session, TokenError, TokenHeader,
    UnixMillis, UnixSeconds, VerifiedCallUrl,
};

use crate::{answer::Answer, environment};

/// The shortest token is one of a session: version, key id, expiry, user id, tag.
const SHORTEST: usize = 1 + 1 + 5 + 16 + 16;

/// Explains the token at the end of `text`, which is a link or the token itself, or `-`.
pub(crate) fn inspect(text: &str) -> Result<Answer, Reason> {
    let input = match text {
        "-" => environment::standard_input()?,
        text => text.to_owned(),
    };
    let path = input.split(['?', '#']).next().unwrap_or_default();
    let token = path.rsplit('/').next().unwrap_or_default();
    let ring = environment::key_ring()?;
    let now = UnixMillis::from(SystemTime::now()).seconds();
    let mut values = call_token(ring.as_ref(), token, now)
        .or_else(|| session_token(token, now))
        .ok_or_else(|| fault(token))?;
    values.push(verdict(token, ring.as_ref(), now));
    let note = match ring {
        Some(_) => "Authenticity was checked with the keys in LOOP_TOKEN_KEYS.",
        None => "Not verified: anybody can write such a text. Set LOOP_TOKEN_KEYS to check it.",
    };
    Ok(Answer { values, note: note.to_owned() })
}

fn call_token(ring: Option<&KeyRing>, token: &str, now: UnixSeconds) -> Option<Vec<String>> {
    let said = PeekedCallUrl::read(ring.map(KeyRing::keys).as_ref(), token)?;
    let name = said.callee_name.as_ref().map(CalleeName::as_str);
    let mut values = start("call token", said.header, 2, said.expires_at, now);
    values.extend(said.made_at.map(|made| format!("made at: {} ({})", made.get(), readable(made))));
    values.extend([
        format!("url id: {}", said.url_id),
        format!("callee: {}", said.callee.map_or("hidden".to_owned(), |id| id.to_string())),
        format!("remote_id: {:?}", said.remote_id.as_str()),
        format!("callee_name: {}", name.map_or("none".to_owned(), |name| format!("{name:?}"))),
    ]);
    Some(values)
}

fn session_token(token: &str, now: UnixSeconds) -> Option<Vec<String>> {
    let said = PeekedSession::read(token)?;
    let mut values = start("session token", said.header, 1, said.expires_at, now);
    values.push(format!("user: {}", said.user));
    Some(values)
}

/// Returns the lines that both kinds of token have.
fn start(
    kind: &str,
    header: TokenHeader,
    latest: u8,
    expires_at: UnixSeconds,
    now: UnixSeconds,
) -> Vec<String> {
    let version = match header.version {
        known if (1..=latest).contains(&known) => known.to_string(),
        other => format!("{other} (unknown; the rest is read as version {latest})"),
    };
    let tense = if now < expires_at { "not yet over" } else { "over" };
    vec![
        format!("kind: {kind}, by its shape"),
        format!("version: {version}"),
        format!("key id: {}", header.key_id),
        format!("expires at: {} ({}, {tense})", expires_at.get(), readable(expires_at)),
    ]
}

/// Returns the moment in UTC (RFC 3339).
fn readable(moment: UnixSeconds) -> String {
    i64::try_from(moment.get())
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok())
        .map_or("after the year 9999".to_owned(), |timestamp| timestamp.to_string())
}

fn verdict(token: &str, ring: Option<&KeyRing>, now: UnixSeconds) -> String {
    let Some(ring) = ring else { return "verifies: unknown".to_owned() };
    // A token has one purpose, so at most one of the two knows it.
    let as_call_url = VerifiedCallUrl::verify(&ring.keys(), token, now).map(drop);
    let as_session = Session::verify(&ring.keys(), token, now).map(drop);
    let verdict = match (as_call_url, as_session) {
        (Ok(()), _) | (_, Ok(())) => "yes",
        (Err(TokenError::Expired), _) | (_, Err(TokenError::Expired)) => "authentic, but expired",
        (Err(TokenError::Invalid), Err(TokenError::Invalid)) => "no",
    };
    format!("verifies: {verdict}")
}

/// Returns the reason why `token` does not have the shape of a token.
fn fault(token: &str) -> Reason {
    if token.is_empty() {
        return "no token: the text is empty, or a link that ends with a slash".into();
    }
    match URL_SAFE_NO_PAD.decode(token) {
        Err(error) => format!("not a token: not base64url without padding: {error}").into(),
        Ok(bytes) if bytes.len() < SHORTEST => {
            format!("not a token: {} bytes, and the shortest has {SHORTEST}", bytes.len()).into()
        }
        Ok(bytes) => format!(
            "not a token: {} bytes that have the shape of neither a call token nor a session token",
            bytes.len()
        )
        .into(),
    }
}
