//! Properly signed tokens that Loop would never make: a right tag alone does not make a token
//! valid.

use loop_core::{TokenError, VerifiedCallUrl};

use crate::{
    by_hand::{right_body, seal},
    kind::{Kind, NOW, claims, ring, second, user},
};

fn assert_refused(kind: Kind, body: &[u8], about: &str) {
    assert_refused_as(*kind.versions().end(), kind, body, about);
}

fn assert_refused_as(version: u8, kind: Kind, body: &[u8], about: &str) {
    let token = seal(kind, version, 1, body);
    assert_eq!(kind.verify(&token), Err(TokenError::Invalid), "{kind:?} {version}: {about}");
}

/// Returns a call token's body with these texts, which are not checked here.
fn with_texts(remote_id: &[u8], callee_name: &[u8]) -> Vec<u8> {
    let mut body = right_body(Kind::CallUrl)[..5 + 8 + 16].to_vec();
    body.push(u8::try_from(remote_id.len() - 1).unwrap());
    body.extend_from_slice(remote_id);
    body.extend_from_slice(callee_name);
    body
}

/// Returns the same body in version 1.
fn with_texts_in_version_1(remote_id: &[u8], callee_name: &[u8]) -> Vec<u8> {
    let mut body = right_body(Kind::CallUrl)[..5 + 8].to_vec();
    body.extend_from_slice(user().as_bytes());
    for text in [remote_id, callee_name] {
        body.push(u8::try_from(text.len()).unwrap());
        body.extend_from_slice(text);
    }
    body
}

#[test]
fn a_token_made_by_hand_is_the_token_that_loop_makes() {
    for kind in Kind::ALL {
        let version = *kind.versions().end();
        assert_eq!(seal(kind, version, 1, &right_body(kind)), kind.right_token());
    }
    let by_hand = with_texts(b"alice@example.com", b"Alice");
    assert_eq!(by_hand, right_body(Kind::CallUrl));
}

#[test]
fn a_call_token_of_version_1_says_what_it_said() {
    let body = with_texts_in_version_1(b"alice@example.com", b"Alice");
    let token = seal(Kind::CallUrl, 1, 1, &body);
    let verified = VerifiedCallUrl::verify(&ring().keys(), &token, second(NOW)).unwrap();
    assert_eq!((verified.claims(), verified.made_at()), (&claims(), None));
}

#[test]
fn a_token_names_the_connection_that_it_lets_return_and_no_other() {
    let mut body = right_body(Kind::Participant);
    let kind = body.len() - 1;
    for (name, is_right) in [(&b"c"[..], true), (b"", false), (b"\xff", false)] {
        for returns in [2, 3] {
            body.truncate(kind);
            body.push(returns);
            body.extend_from_slice(name);
            let token = seal(Kind::Participant, 2, 1, &body);
            assert_eq!(Kind::Participant.verify(&token).is_ok(), is_right, "{name:?}");
            assert_refused_as(1, Kind::Participant, &body, "version 1 had none");
        }
    }
    for joins in [0, 1] {
        body.truncate(kind);
        body.extend_from_slice(&[joins, b'c']);
        assert_refused(Kind::Participant, &body, "whoever joins has no connection yet");
    }
}

#[test]
fn other_versions_are_refused() {
    for kind in Kind::ALL {
        for version in (0..=u8::MAX).filter(|version| !kind.versions().contains(version)) {
            let token = seal(kind, version, 1, &right_body(kind));
            assert_eq!(kind.verify(&token), Err(TokenError::Invalid), "version {version}");
        }
    }
}

#[test]
fn unknown_key_ids_are_refused_even_with_a_right_tag() {
    for kind in Kind::ALL {
        for key_id in (0..=u8::MAX).filter(|key_id| *key_id != 1) {
            let token = seal(kind, *kind.versions().end(), key_id, &right_body(kind));
            assert_eq!(kind.verify(&token), Err(TokenError::Invalid), "key {key_id}");
        }
    }
}

#[test]
fn bodies_of_the_wrong_length_are_refused() {
    for kind in Kind::ALL {
        let right = right_body(kind);
        // The callee's name is the rest of the body, so it may be cut short.
        let needed = if matches!(kind, Kind::CallUrl) { right.len() - 5 } else { right.len() };
        for length in 0..needed {
            assert_refused(kind, &right[..length], &format!("{length} bytes"));
        }
        for byte in [0, 1, b'\n', 0xff] {
            assert_refused(kind, &[&right[..], &[byte]].concat(), "a byte too many");
        }
        assert_refused(kind, &[&right[..], &right].concat(), "twice");
        assert_refused(kind, &[0; 600], "longer than any token");
    }
    let right = with_texts_in_version_1(b"alice@example.com", b"Alice");
    for length in 0..right.len() {
        assert_refused_as(1, Kind::CallUrl, &right[..length], &format!("{length} bytes"));
    }
    for byte in [0, 1, b'A', 0xff] {
        assert_refused_as(1, Kind::CallUrl, &[&right[..], &[byte]].concat(), "a byte too many");
    }
    assert_refused(Kind::CallUrl, &right_body(Kind::Session), "a session's body");
    assert_refused(Kind::Session, &right_body(Kind::CallUrl), "a call URL's body");
}

#[test]
fn lengths_that_lie_are_refused() {
    let right = with_texts("alice@example.com".as_bytes(), "Ålice".as_bytes());
    for length in (right[29] + 1)..=u8::MAX {
        // A body that ends within the name has another name; one that ends within a character is
        // invalid.
        if !(18..=22).contains(&length) {
            let mut body = right.clone();
            body[29] = length;
            assert_refused(Kind::CallUrl, &body, &format!("{length} at 29"));
        }
    }
    let right = with_texts_in_version_1(b"alice@example.com", b"Alice");
    let [remote_id_length, name_length] = [29, 29 + 1 + 17];
    for position in [remote_id_length, name_length] {
        for length in (0..=u8::MAX).filter(|length| *length != right[position]) {
            let mut body = right.clone();
            body[position] = length;
            assert_refused_as(1, Kind::CallUrl, &body, &format!("{length} at {position}"));
        }
    }
}

#[test]
fn texts_that_no_call_url_may_carry_are_refused() {
    let not_utf8: [&[u8]; 6] = [
        b"\xff",
        b"a\x80",
        b"\xc3",
        b"\xc0\xaf",         // an overlong slash
        b"\xed\xa0\x80",     // half of a surrogate pair
        b"\xf4\x90\x80\x80", // past the last character
    ];
    let deceiving = ["\0", "a\nb", "a\u{7f}", "\u{85}", "a\u{202e}b", "\u{2066}a", "a\u{fdd0}"];
    let blank = [" ", "\u{a0}\u{3000}"];
    let texts = deceiving.iter().chain(&blank).map(|text| text.as_bytes()).chain(not_utf8);
    for text in texts {
        assert_refused(Kind::CallUrl, &with_texts(text, b"Alice"), &format!("{text:?}"));
        assert_refused(Kind::CallUrl, &with_texts(b"alice", text), &format!("name {text:?}"));
        let in_version_1 = with_texts_in_version_1(text, b"Alice");
        assert_refused_as(1, Kind::CallUrl, &in_version_1, &format!("{text:?}"));
    }
    for long in ["a".repeat(65), "é".repeat(65)] {
        let long = long.as_bytes();
        assert_refused(Kind::CallUrl, &with_texts(long, b""), "65 characters");
        assert_refused(Kind::CallUrl, &with_texts(b"alice", long), "name of 65 characters");
    }
    for name in [&b"Alice"[..], b""] {
        let for_nobody = with_texts_in_version_1(b"", name);
        assert_refused_as(1, Kind::CallUrl, &for_nobody, "for nobody");
    }
}

/// The rules for texts may become stricter, but links that were signed earlier are in people's
/// hands.
#[test]
fn texts_that_were_signed_under_earlier_rules_are_still_read() {
    for text in ["Bob ", " Bob", "Bob\u{1bca0}", "Боб\u{fe0f}"] {
        let body = with_texts_in_version_1(b"alice", text.as_bytes());
        let token = seal(Kind::CallUrl, 1, 1, &body);
        let verified = VerifiedCallUrl::verify(&ring().keys(), &token, second(NOW)).unwrap();
        let name = verified.claims().callee_name.as_ref().unwrap();
        assert_eq!(name.as_str(), text);
    }
}

/// A token that is garbled *and* expired is called garbled: its expiry is not believed.
#[test]
fn a_garbled_token_is_never_called_expired() {
    let mut body = with_texts(b"\n", b"");
    body[..5].copy_from_slice(&(NOW - 1).to_be_bytes()[3..]);
    assert_refused(Kind::CallUrl, &body, "for nobody and over");
}
