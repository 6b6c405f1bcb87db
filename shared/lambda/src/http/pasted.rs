//! Links with other text around them, as people copy them out of chats, mails and documents: with a
//! full stop or a bracket at the end, with quotes around them, with blanks and invisible
//! characters, and with any of these encoded.

use lambda_http::http::HeaderValue;
use loop_core::{CallToken, Keys, TokenError, UnixSeconds, VerifiedCallUrl};
use percent_encoding::percent_decode;

use super::{request::Response, response};

/// The most layers of percent-encoding that are removed. Programs that encode text that is encoded
/// already have been seen to do so twice.
const DECODINGS: usize = 4;

/// Redirects a client that has opened a link with other text around the token to the link itself,
/// even if the link has expired. The text `pasted` itself opens no call page: only the one right
/// spelling of a token does, and the redirect leads to that.
///
/// Returns `None` when `pasted` holds no authentic token, or nothing but a token. No MAC is
/// computed for a text that is too short to hold one.
pub fn redirect(keys: &Keys<CallToken>, pasted: &str, now: UnixSeconds) -> Option<Response> {
    let decoded = decoded(pasted.as_bytes().to_vec());
    let run = token_characters(&decoded)?.trim_start_matches(ENDS);
    let token = [run, run.trim_end_matches(ENDS)].into_iter().find(|token| {
        *token != pasted
            && token.len() >= CallToken::LENGTH_MIN
            && VerifiedCallUrl::verify(keys, token, now) != Err(TokenError::Invalid)
    })?;
    // The location is relative to the host, so no header of the client decides where it leads.
    let location = HeaderValue::try_from(format!("/calls/{token}")).ok()?;
    Some(response::found(location))
}

/// The characters that are marks of emphasis, and also belong to the alphabet of tokens. No token
/// begins with one of them, and no token that is made now ends with one.
const ENDS: [char; 2] = ['-', '_'];

fn decoded(mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..DECODINGS {
        if !bytes.contains(&b'%') {
            break;
        }
        bytes = percent_decode(&bytes).collect();
    }
    bytes
}

/// Returns the first run of token characters that is long enough for a token.
fn token_characters(bytes: &[u8]) -> Option<&str> {
    let is_of_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let mut runs = bytes.split(|byte| !is_of_token(byte));
    str::from_utf8(runs.find(|run| run.len() >= CallToken::LENGTH_MIN)?).ok()
}

#[cfg(test)]
mod tests {
    use lambda_http::http::{StatusCode, header};
    use loop_core::{CallUrlClaims, KeyRing, RemoteId, UrlId, UserId};
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_700_000_000;

    fn second(second: u64) -> UnixSeconds {
        UnixSeconds::try_from(second).unwrap()
    }

    fn ring() -> KeyRing {
        "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".parse().unwrap()
    }

    fn token(remote_id: &str, expires_at: u64) -> String {
        let claims = CallUrlClaims {
            expires_at: second(expires_at),
            url_id: UrlId::from_bytes([7; 8]),
            callee: UserId::from_bytes([9; 16]),
            remote_id: RemoteId::try_from(remote_id.to_owned()).unwrap(),
            callee_name: None,
        };
        CallToken::sign(&ring().keys(), &claims).as_str().to_owned()
    }

    fn location(pasted: &str) -> Option<String> {
        let response = redirect(&ring().keys(), pasted, second(NOW))?;
        assert_eq!(response.status(), StatusCode::FOUND);
        Some(response.headers()[header::LOCATION].to_str().unwrap().to_owned())
    }

    /// Returns a token that ends in a letter or a digit, as all tokens do that are made now.
    fn ordinary(expires_at: u64) -> String {
        let mut tokens = (1..).map(|length| token(&"a".repeat(length), expires_at));
        tokens.find(|token| token.ends_with(|it: char| it.is_ascii_alphanumeric())).unwrap()
    }

    #[test]
    fn what_cannot_be_part_of_a_token_is_dropped_at_both_ends() {
        for token in [ordinary(NOW + 60), ordinary(NOW - 60)] {
            let right = Some(format!("/calls/{token}"));
            for around in [
                ".",
                ",",
                ";",
                ":",
                "!",
                "?",
                "…",
                "·",
                "。",
                "、",
                "，",
                "！",
                "？",
                "」",
                "】",
                "）",
                "।",
                "؟",
                "،",
                ")",
                "]",
                "}",
                ">",
                "\"",
                "'",
                "`",
                "’",
                "”",
                "»",
                "›",
                "„",
                "*",
                "**",
                "_",
                "__",
                "-",
                "--",
                "~",
                "~~",
                "***",
                "_*",
                "|",
                "\\",
                "/",
                "//",
                " ",
                "\t",
                "\r\n",
                "\u{a0}",
                "\u{3000}",
                "\u{200b}",
                "\u{200e}",
                "\u{2060}",
                "\u{feff}",
                "\u{202c}",
                "\u{ad}",
                "%20",
                "%2E",
                "%2520",
                "%252E",
                "%25252E",
                "%E2%80%8B",
                "%5F",
                "%0A",
                "&quot;",
                "&gt;",
                "<br>",
                "\u{fffd}",
                "%FF",
                "%",
                "お願いします",
            ] {
                assert_eq!(location(&format!("{token}{around}")), right, "after: {around:?}");
                assert_eq!(location(&format!("{around}{token}")), right, "before: {around:?}");
                let both = format!("{around}{token}{around}");
                assert_eq!(location(&both), right, "both: {around:?}");
            }
            for after in ["?utm_source=chat", "%3Fa=b", "&sa=D", "#relay", ") and more", "%2", "/a"]
            {
                assert_eq!(location(&format!("{token}{after}")), right, "after: {after:?}");
            }
            assert_eq!(location(&format!("/{token}/")), right);
            assert_eq!(location(&format!("https://loop.example.org/calls/{token}")), right);
        }
    }

    /// The last character of such a token is one that would otherwise be dropped.
    #[test]
    fn a_token_that_ends_in_a_mark_keeps_it() {
        let mut tokens = (1..64).flat_map(|length| {
            (0..200).map(move |later| token(&"a".repeat(length), NOW + 1 + later))
        });
        let token = tokens.find(|token| token.ends_with('_')).unwrap();
        for after in [".", " ", "%20"] {
            assert_eq!(location(&format!("{token}{after}")), Some(format!("/calls/{token}")));
        }
        assert_eq!(location(&token), None);
    }

    #[test]
    fn what_is_no_link_leads_nowhere() {
        let token = ordinary(NOW + 60);
        let long = "A".repeat(5000);
        for text in [
            "",
            "/",
            ".",
            "%",
            "_",
            &token,
            &format!("{token}A"),
            &format!("{token}A."),
            &format!("{}.", &token[1..]),
            &format!("{}.{}", &token[..40], &token[40..]),
            &format!("{}.", token.to_lowercase()),
            &long,
            &format!("{long}."),
            &"%25".repeat(3000),
            &"_".repeat(5000),
        ] {
            assert_eq!(location(text), None, "{text}");
        }
    }

    proptest! {
        /// A redirect leads to the right spelling of a link, and that is not redirected again.
        #[test]
        fn a_redirect_is_never_followed_by_another(before in "\\PC{0,8}", after in "\\PC{0,8}") {
            let token = ordinary(NOW + 60);
            let found = location(&format!("{before}{token}{after}"));
            if let Some(found) = found {
                prop_assert_eq!(found, format!("/calls/{token}"));
            }
            prop_assert_eq!(location(&token), None);
        }
    }
}
