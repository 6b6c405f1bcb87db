//! Tokens: texts of strangers, and, properly signed, bodies that Loop itself would not make.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use loop_core::{
    Admission, CallToken, CallUrlClaims, KeyRing, PeekedCallUrl, PeekedSession, Session,
    TokenError, UnixSeconds, VerifiedCallUrl,
};
use loop_fuzz::by_hand::{FIRST_SECRET, Kind, SECOND_SECRET, Secret};

const FIRST: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const SECOND: &str = "2:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

/// The key ring, and the same ring with the other key first.
static RINGS: LazyLock<[KeyRing; 2]> = LazyLock::new(|| {
    [format!("{FIRST},{SECOND}"), format!("{SECOND},{FIRST}")]
        .map(|text| text.parse().expect("both are right"))
});

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        text_of_a_stranger(text);
    }
    signed(data);
});

/// Checks that a text is accepted only if one of the keys has signed it for this purpose.
fn text_of_a_stranger(text: &str) {
    let keys: [(u8, &Secret); 2] = [(1, &FIRST_SECRET), (2, &SECOND_SECRET)];
    for kind in Kind::ALL {
        let verified = verify(kind, text);
        assert!(verified == Err(TokenError::Invalid) || kind.is_authentic(&keys, text));
        check_canonical(kind, text, &verified);
    }
    // Neither of these verifies anything; they must only not panic.
    let _ = (PeekedCallUrl::read(Some(&RINGS[0].keys()), text), PeekedSession::read(text));
}

/// Checks a token with `content`, which is a version, a key id and a body: it serves one purpose at
/// most, and no edit of one character leaves it valid.
fn signed(content: &[u8]) {
    let secret = if content.get(1) == Some(&2) { &*SECOND_SECRET } else { &*FIRST_SECRET };
    for kind in Kind::ALL {
        let text = kind.seal(secret, content);
        let verified = verify(kind, &text);
        check_canonical(kind, &text, &verified);
        if verified != Err(TokenError::Invalid) {
            assert!(matches!(content, [1 | 2, 1 | 2, ..]), "an unknown version or key");
            for other in Kind::ALL.into_iter().filter(|other| *other != kind) {
                assert_eq!(verify(other, &text), Err(TokenError::Invalid));
            }
            assert_eq!(verify(kind, &edited(&text, content)), Err(TokenError::Invalid));
        }
        check_peek(kind, &text, &verified);
    }
}

/// Checks that a verified token of the version that Loop makes is spelled as Loop itself spells it,
/// and that it expires when its time comes.
fn check_canonical(kind: Kind, text: &str, verified: &Result<String, TokenError>) {
    let at_the_end = verify_at(kind, text, UnixSeconds::MAX);
    match verified {
        Ok(signed_again) => {
            if version_of(text) == kind.version() {
                assert_eq!(signed_again, text);
            }
            assert_eq!(at_the_end, Err(TokenError::Expired));
        }
        Err(error) => assert_eq!(at_the_end, Err(*error)),
    }
}

/// Checks that reading without verifying gives the same claims.
fn check_peek(kind: Kind, text: &str, verified: &Result<String, TokenError>) {
    let Ok(signed_again) = verified else { return };
    let key_id = match kind {
        Kind::CallUrl => PeekedCallUrl::read(Some(&RINGS[0].keys()), text).map(|said| {
            let claims = CallUrlClaims {
                expires_at: said.expires_at,
                url_id: said.url_id,
                callee: said.callee.expect("its key is in the ring"),
                remote_id: said.remote_id,
                callee_name: said.callee_name,
            };
            let ring = ring_of(said.header.key_id);
            assert_eq!(CallToken::sign(&ring.keys(), &claims).as_str(), signed_again);
            said.header.key_id
        }),
        Kind::Session => PeekedSession::read(text).map(|said| {
            let beginning = UnixSeconds::try_from(0).expect("it fits");
            let session =
                Session::verify(&RINGS[0].keys(), text, beginning).expect("it was verified");
            assert_eq!((said.user, said.expires_at), (session.user(), session.expires_at()));
            said.header.key_id
        }),
        Kind::Participant => return,
    };
    assert!(key_id.is_some());
}

fn verify(kind: Kind, text: &str) -> Result<String, TokenError> {
    verify_at(kind, text, UnixSeconds::try_from(0).expect("it fits"))
}

/// Returns the verified claims, signed anew with the key that the token names.
fn verify_at(kind: Kind, text: &str, now: UnixSeconds) -> Result<String, TokenError> {
    let ring = &RINGS[0];
    let again = ring_named_by(text);
    match kind {
        Kind::CallUrl => VerifiedCallUrl::verify(&ring.keys(), text, now)
            .map(|call_url| CallToken::sign(&again.keys(), call_url.claims()).as_str().to_owned()),
        Kind::Session => Session::verify(&ring.keys(), text, now)
            .map(|session| session.sign(&again.keys()).as_str().to_owned()),
        Kind::Participant => Admission::verify(&ring.keys(), text, now).map(|admission| {
            let token = match &admission {
                Admission::Join(participant) => participant.sign(&again.keys()),
                Admission::Return { participant, joined_by } => {
                    participant.sign_return(joined_by, &again.keys())
                }
            };
            token.expose().to_owned()
        }),
    }
}

/// Returns the ring whose first key the token names. The key id ends in the third character, whose
/// last two bits belong to the body.
fn ring_named_by(text: &str) -> &'static KeyRing {
    ring_of(if matches!(text.as_bytes(), [_, _, b'I'..=b'L', ..]) { 2 } else { 1 })
}

/// Returns the version, which begins in the first character and ends in the second.
fn version_of(text: &str) -> u8 {
    match text.as_bytes() {
        [b'A', b'Q'..=b'f', ..] => 1,
        _ => 2,
    }
}

fn ring_of(key_id: u8) -> &'static KeyRing {
    &RINGS[usize::from(key_id == 2)]
}

/// Returns `text` with one character changed; `choice` selects the position and the new character.
fn edited(text: &str, choice: &[u8]) -> String {
    let sum = choice
        .iter()
        .fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let mut edited = text.as_bytes().to_vec();
    let at = sum % edited.len();
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n\0";
    let others: Vec<u8> = alphabet.iter().copied().filter(|byte| *byte != edited[at]).collect();
    edited[at] = others[sum / text.len() % others.len()];
    String::from_utf8(edited).expect("ASCII for ASCII")
}
