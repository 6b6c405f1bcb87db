//! Each token has exactly one spelling, and every bit of it counts.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use loop_core::{CallToken, TokenError};

use crate::kind::{Kind, claims, ring};

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn assert_refused(kind: Kind, text: &str) {
    assert_eq!(kind.verify(text), Err(TokenError::Invalid), "{kind:?} {text:?}");
}

#[test]
fn a_right_token_is_accepted() {
    for kind in Kind::ALL {
        assert_eq!(kind.verify(&kind.right_token()), Ok(()));
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    for kind in Kind::ALL {
        let bytes = URL_SAFE_NO_PAD.decode(kind.right_token()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_refused(kind, &URL_SAFE_NO_PAD.encode(bytes));
        }
    }
}

#[test]
fn every_changed_character_is_noticed() {
    for kind in Kind::ALL {
        let right = kind.right_token();
        for (position, original) in right.char_indices() {
            for other in ALPHABET.chars().chain("=+/ .%\n\0é".chars()) {
                if other != original {
                    let rest = &right[position + 1..];
                    assert_refused(kind, &format!("{}{other}{rest}", &right[..position]));
                }
            }
        }
    }
}

#[test]
fn every_shorter_text_is_refused() {
    for kind in Kind::ALL {
        let right = kind.right_token();
        for length in 0..right.len() {
            assert_refused(kind, &right[..length]);
            assert_refused(kind, &right[right.len() - length..]);
        }
        let bytes = URL_SAFE_NO_PAD.decode(&right).unwrap();
        for length in 0..bytes.len() {
            assert_refused(kind, &URL_SAFE_NO_PAD.encode(&bytes[..length]));
        }
    }
}

#[test]
fn every_longer_text_is_refused() {
    for kind in Kind::ALL {
        let right = kind.right_token();
        for addition in ALPHABET.chars().chain("= \t\r\n\0/?".chars()) {
            assert_refused(kind, &format!("{right}{addition}"));
            assert_refused(kind, &format!("{addition}{right}"));
        }
        let bytes = URL_SAFE_NO_PAD.decode(&right).unwrap();
        for byte in 0..=u8::MAX {
            assert_refused(kind, &URL_SAFE_NO_PAD.encode([&bytes[..], &[byte]].concat()));
        }
        assert_refused(kind, &right.repeat(2));
        assert_refused(kind, &"A".repeat(1_000_000));
    }
}

/// The tokens are chosen so that all three remainders of the length and both characters that
/// the alphabets spell differently occur.
#[test]
fn another_spelling_of_the_same_bytes_is_refused() {
    let kind = Kind::CallUrl;
    let mut remainders = [false; 3];
    let mut has_other_characters = false;
    for url_id in 0..=u8::MAX {
        let mut claims = claims();
        claims.url_id = loop_core::UrlId::from_bytes([url_id; 8]);
        let name = ["", "Al", "Ali", "Alic"][usize::from(url_id % 4)];
        claims.callee_name = loop_core::CalleeName::try_from(name.to_owned()).ok();
        let right = CallToken::sign(&ring().keys(), &claims).as_str().to_owned();
        assert_eq!(kind.verify(&right), Ok(()));

        let bytes = URL_SAFE_NO_PAD.decode(&right).unwrap();
        remainders[bytes.len() % 3] = true;
        has_other_characters |= right.contains('-') && right.contains('_');
        for other in [
            URL_SAFE.encode(&bytes),
            STANDARD_NO_PAD.encode(&bytes),
            format!("{right}="),
            format!("{right}=="),
            format!("{} {}", &right[..20], &right[20..]),
            format!("{}\n{}", &right[..76], &right[76..]),
        ] {
            if other != right {
                assert_refused(kind, &other);
            }
        }
        for last in trailing_bits(&right, bytes.len()) {
            assert_refused(kind, &last);
        }
    }
    assert!(has_other_characters && remainders == [true; 3]);
}

/// Returns `text` with the unused bits of its last character set.
fn trailing_bits(text: &str, bytes: usize) -> Vec<String> {
    let unused_bits = (6 - bytes * 8 % 6) % 6;
    let last = ALPHABET.find(&text[text.len() - 1..]).unwrap();
    let others = (1..1 << unused_bits).map(|bits| &ALPHABET[last + bits..=last + bits]);
    others.map(|other| format!("{}{other}", &text[..text.len() - 1])).collect()
}

#[test]
fn a_token_of_another_purpose_is_refused() {
    assert_refused(Kind::CallUrl, &Kind::Session.right_token());
    assert_refused(Kind::Session, &Kind::CallUrl.right_token());
}
