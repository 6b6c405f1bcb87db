//! The work of finding out that a token is not valid. It is about the same for all faults, so that
//! the time of a response reveals nothing.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use loop_core::{TokenError, VerifiedCallUrl};

use crate::kind::{Kind, NOW, ring, second};

/// The largest allowed ratio between the kinds. Without the same work for all, a text that is no
/// base64 at all would take a twentieth of the time of one that is.
const FACTOR: u32 = 4;

#[test]
fn no_kind_of_bad_token_is_told_by_its_time() {
    let keys = ring().keys();
    let token = Kind::CallUrl.right_token();
    let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
    let with = |position: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[position] = value;
        URL_SAFE_NO_PAD.encode(bytes)
    };
    let last = bytes.len() - 1;
    let kinds = [
        ("nothing", String::new()),
        ("another alphabet", "!".repeat(token.len())),
        ("padding", format!("{token}=")),
        ("far too long", "A".repeat(4000)),
        ("too short for a tag", "AAAA".to_owned()),
        ("another version", with(0, 9)),
        ("a key that is not in the ring", with(1, 99)),
        ("another body", with(8, bytes[8] ^ 1)),
        ("another tag", with(last, bytes[last] ^ 1)),
        ("another first byte of the tag", with(last - 15, bytes[last - 15] ^ 1)),
        ("a session", Kind::Session.right_token()),
    ];
    let mut quickest = vec![Duration::MAX; kinds.len()];
    // The quickest of many rounds counts, in turns: other work on the machine only ever adds time.
    for _ in 0..60 {
        for ((name, text), quickest) in kinds.iter().zip(&mut quickest) {
            let start = Instant::now();
            for _ in 0..50 {
                let result = VerifiedCallUrl::verify(&keys, black_box(text), second(NOW));
                assert_eq!(result, Err(TokenError::Invalid), "{name}");
            }
            *quickest = start.elapsed().min(*quickest);
        }
    }
    let (least, most) = (quickest.iter().min().unwrap(), quickest.iter().max().unwrap());
    let named: Vec<_> = kinds.iter().map(|(name, _)| name).zip(&quickest).collect();
    assert!(*most < *least * FACTOR, "{named:?}");
}
