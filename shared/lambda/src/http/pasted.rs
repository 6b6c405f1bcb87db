//! Links as they come out of chats, mails and documents: with a full stop or a bracket at the end,
//! with quotes around them, with blanks and invisible characters, and with any of these encoded.

use lambda_http::http::HeaderValue;
use loop_core::{CallToken, KeyRing, TokenError, UnixSeconds, VerifiedCallUrl};
use percent_encoding::percent_decode;

use super::{request::Response, response};

/// Programs that encode what is encoded already have been seen to do it twice.
const DECODINGS: usize = 4;

/// Sends whoever has opened a link with something around the token to the link itself, also when it
/// has expired. `pasted` opens nothing: it is not the one spelling of a token, and what is handed
/// out here is.
///
/// `None` when there is no authentic token in it, or nothing but the token. What can't have a token
/// in it costs no MAC.
pub fn redirect(keys: &KeyRing, pasted: &str, now: UnixSeconds) -> Option<Response> {
    let decoded = decoded(pasted.as_bytes().to_vec());
    let run = token_characters(&decoded)?.trim_start_matches(ENDS);
    let token = [run, run.trim_end_matches(ENDS)].into_iter().find(|token| {
        *token != pasted
            && token.len() >= CallToken::LENGTH_MIN
            && VerifiedCallUrl::verify(keys, token, now) != Err(TokenError::Invalid)
    })?;
    // Relative to the host, which no header of the client decides.
    let location = HeaderValue::try_from(format!("/calls/{token}")).ok()?;
    Some(response::found(location))
}

/// Marks of emphasis that are also of the alphabet of tokens. No token begins with them, and none
/// that is made now ends with them.
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

/// The first characters in a row that may be a token.
fn token_characters(bytes: &[u8]) -> Option<&str> {
    let is_of_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let mut runs = bytes.split(|byte| !is_of_token(byte));
    str::from_utf8(runs.find(|run| run.len() >= CallToken::LENGTH_MIN)?).ok()
}

#[cfg(test)]
mod tests {
    use lambda_http::http::{StatusCode, header};
    use loop_core::{CallUrlClaims, RemoteId, UrlId, UserId};
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
        CallToken::sign(&ring(), &claims).as_str().to_owned()
    }

    fn location(pasted: &str) -> Option<String> {
        let response = redirect(&ring(), pasted, second(NOW))?;
        assert_eq!(response.status(), StatusCode::FOUND);
        Some(response.headers()[header::LOCATION].to_str().unwrap().to_owned())
    }

    /// One whose text ends in a letter or a digit, as all that are made do.
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

    /// Their last character may be one that is dropped, too.
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
        /// Wherever it leads, it leads to a right spelling, and from there no further.
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
