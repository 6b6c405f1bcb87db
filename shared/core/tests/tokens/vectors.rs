//! The test vectors in `docs/token.md`, which were made by another program.

use std::fmt::Write;

use loop_core::{
    Admission, CallToken, CallUrlClaims, CalleeName, KeyRing, Keys, Participant, ParticipantToken,
    Session, SessionToken, TokenError, UrlId, VerifiedCallUrl, limits::SESSION_LIFETIME,
    progress::ConnectionId,
};
use serde_json::Value;

use crate::{
    by_hand::{derive, label},
    kind::{Kind, callee_name, remote_id, second},
};

const DOCUMENT: &str = include_str!("../../../../docs/token.md");

fn vectors() -> Value {
    let (_, rest) = DOCUMENT.split_once("```json\n").unwrap();
    let (json, _) = rest.split_once("```").unwrap();
    serde_json::from_str(json).unwrap()
}

fn ring(vectors: &Value) -> KeyRing {
    text(vectors, "key_ring").parse().unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn each<'a>(vectors: &'a Value, name: &str) -> &'a [Value] {
    let each = vectors[name].as_array().unwrap();
    assert!(!each.is_empty());
    each
}

#[test]
fn keys_are_derived_as_documented() {
    let vectors = vectors();
    let (_, secret) = text(&vectors, "key_ring").split_once(':').unwrap();
    for (name, label, length) in [
        ("call_url", label(Kind::CallUrl), 32),
        ("session", label(Kind::Session), 32),
        ("participant", label(Kind::Participant), 32),
        ("call_url_callee", &b"loop call url callee v2"[..], 16),
        ("participant_callee", b"loop participant callee v2", 16),
    ] {
        let derived =
            derive(secret, label)[..length].iter().fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").unwrap();
                text
            });
        assert_eq!(derived, text(&vectors["derived_keys"], name));
    }
}

#[test]
fn derived_rings_are_written_as_documented_and_verify_the_same_tokens() {
    let vectors = vectors();
    let ring = ring(&vectors);
    let documented = |name| text(&vectors["derived_rings"], name);
    assert_eq!(ring.derived_text::<CallToken>(), documented("LOOP_CALL_URL_KEYS"));
    assert_eq!(ring.derived_text::<SessionToken>(), documented("LOOP_SESSION_KEYS"));
    assert_eq!(ring.derived_text::<ParticipantToken>(), documented("LOOP_PARTICIPANT_KEYS"));

    let keys: Keys<CallToken> = documented("LOOP_CALL_URL_KEYS").parse().unwrap();
    for vector in each(&vectors, "call_tokens") {
        let made = CallToken::sign(&keys, &claims(vector));
        assert_eq!(made.as_str(), text(vector, "token"));
    }
    let keys: Keys<SessionToken> = documented("LOOP_SESSION_KEYS").parse().unwrap();
    let session = text(&vectors["session_tokens"][0], "token");
    assert!(Session::verify(&keys, session, second(0)).is_ok());
    let keys: Keys<ParticipantToken> = documented("LOOP_PARTICIPANT_KEYS").parse().unwrap();
    let participant = text(&vectors["participant_tokens"][0], "token");
    assert!(Admission::verify(&keys, participant, second(0)).is_ok());
}

#[test]
fn call_tokens_are_made_and_verified_as_documented() {
    let vectors = vectors();
    for vector in each(&vectors, "call_tokens") {
        let about = text(vector, "about");
        let token = text(vector, "token");
        let expires_at = vector["expires_at"].as_u64().unwrap();
        let claims = claims(vector);
        assert_eq!(CallToken::sign(&ring(&vectors).keys(), &claims).as_str(), token, "{about}");

        let in_time = second(expires_at - 1);
        let verified = VerifiedCallUrl::verify(&ring(&vectors).keys(), token, in_time).unwrap();
        assert_eq!(*verified.claims(), claims, "{about}");
        let made_at = second(vector["made_at"].as_u64().unwrap());
        assert_eq!(verified.made_at(), Some(made_at), "{about}");
        let [.., a, b, c, d] = *claims.url_id.as_bytes();
        assert_eq!(UrlId::new(made_at, [a, b, c, d]), claims.url_id, "{about}");
    }
}

#[test]
fn tokens_of_version_1_are_still_verified() {
    let vectors = vectors();
    for vector in each(&vectors, "call_tokens_version_1") {
        let in_time = second(vector["expires_at"].as_u64().unwrap() - 1);
        let verified =
            VerifiedCallUrl::verify(&ring(&vectors).keys(), text(vector, "token"), in_time);
        let verified = verified.unwrap();
        assert_eq!((verified.claims(), verified.made_at()), (&claims(vector), None));
    }
    for vector in each(&vectors, "participant_tokens_version_1") {
        let participant = participant(vector);
        let in_time = second(participant.expires_at.get() - 1);
        let verified = Admission::verify(&ring(&vectors).keys(), text(vector, "token"), in_time);
        assert_eq!(verified, Ok(Admission::Join(participant)));
    }
}

fn claims(vector: &Value) -> CallUrlClaims {
    CallUrlClaims {
        expires_at: second(vector["expires_at"].as_u64().unwrap()),
        url_id: text(vector, "url_id").parse().unwrap(),
        callee: text(vector, "callee").parse().unwrap(),
        remote_id: remote_id(text(vector, "remote_id")),
        callee_name: vector["callee_name"].as_str().map(callee_name),
    }
}

fn participant(vector: &Value) -> Participant {
    Participant {
        callee: text(vector, "callee").parse().unwrap(),
        call: text(vector, "call").parse().unwrap(),
        role: serde_json::from_value(vector["role"].clone()).unwrap(),
        expires_at: second(vector["expires_at"].as_u64().unwrap()),
    }
}

#[test]
fn session_tokens_are_made_and_verified_as_documented() {
    let vectors = vectors();
    for vector in each(&vectors, "session_tokens") {
        let about = text(vector, "about");
        let expires_at = vector["expires_at"].as_u64().unwrap();
        let user = text(vector, "user").parse().unwrap();
        let session = Session::begin(user, second(expires_at - SESSION_LIFETIME.as_secs()));
        let token = text(vector, "token");
        assert_eq!(session.sign(&ring(&vectors).keys()).as_str(), token, "{about}");
        let verified = Session::verify(&ring(&vectors).keys(), token, second(expires_at - 1));
        assert_eq!(verified, Ok(session), "{about}");
    }
}

#[test]
fn participant_tokens_are_made_and_verified_as_documented() {
    let vectors = vectors();
    for vector in each(&vectors, "participant_tokens") {
        let expires_at = vector["expires_at"].as_u64().unwrap();
        let participant = participant(vector);
        let token = text(vector, "token");
        assert_eq!(participant.sign(&ring(&vectors).keys()).expose(), token);
        let verified = Admission::verify(&ring(&vectors).keys(), token, second(expires_at - 1));
        assert_eq!(verified, Ok(Admission::Join(participant)));
    }
}

#[test]
fn tokens_to_return_by_are_made_and_verified_as_documented() {
    let vectors = vectors();
    for vector in each(&vectors, "return_tokens") {
        let participant = participant(vector);
        let joined_by = ConnectionId::new(text(vector, "joined_by"));
        let keys = ring(&vectors).keys();
        let token = text(vector, "token");
        assert_eq!(participant.sign_return(&joined_by, &keys).expose(), token);
        assert_eq!(token.len(), 96);
        let verified = Admission::verify(&keys, token, second(participant.expires_at.get() - 1));
        assert_eq!(verified, Ok(Admission::Return { participant, joined_by }));
        let late = Admission::verify(&keys, token, participant.expires_at);
        assert_eq!(late, Err(TokenError::Expired));
    }
}

/// The document promises this size for the texts that it names.
#[test]
fn an_ordinary_call_token_is_short() {
    let vectors = vectors();
    let ordinary = each(&vectors, "call_tokens")
        .iter()
        .filter(|vector| vector["remote_id"].as_str().is_some_and(|text| text.len() == 17))
        .find(|vector| vector["callee_name"].as_str().is_some_and(|text| text.len() == 5));
    let token = text(ordinary.unwrap(), "token");
    assert_eq!(token.len(), 94);
    let name = ordinary.unwrap()["callee_name"].as_str().unwrap();
    assert!(CalleeName::try_from(name.to_owned()).is_ok());
}
