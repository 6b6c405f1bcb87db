//! The last characters of links, which programs that make links of text must not leave out.

use loop_core::{NewCallUrl, VerifiedCallUrl, limits::CALL_URL_LIFETIME_MAX};
use ring::rand::SystemRandom;

use crate::kind::{NOW, callee_name, remote_id, ring, second, user};

#[test]
fn no_link_ends_in_a_character_that_is_left_out_whatever_its_length() {
    let random = SystemRandom::new();
    let mut of_length = [0; 4];
    for length in 1..=64 {
        for name in ["", "B", "Bo", "Боб", &"😀".repeat(64)] {
            for _ in 0..20 {
                let new = NewCallUrl {
                    made_at: second(NOW),
                    expires_at: second(NOW + CALL_URL_LIFETIME_MAX.as_secs()),
                    callee: user(),
                    remote_id: remote_id(&"a".repeat(length)),
                    callee_name: (!name.is_empty()).then(|| callee_name(name)),
                };
                let token = new.sign(&ring().keys(), &random).unwrap();
                let last = token.as_str().chars().next_back().unwrap();
                assert!(last.is_ascii_alphanumeric(), "{}", token.as_str());
                of_length[token.as_str().len() % 4] += 1;
                let verified = VerifiedCallUrl::verify(&ring().keys(), token.as_str(), second(NOW));
                assert_eq!(verified.unwrap().made_at(), Some(second(NOW)));
            }
        }
    }
    // Of the tokens counted at 0, one in 32 would have ended in another character.
    assert!([0, 2, 3].iter().all(|it| of_length[*it] > 1000), "{of_length:?}");
}

#[test]
fn two_links_are_two_links() {
    let random = SystemRandom::new();
    let new = NewCallUrl {
        made_at: second(NOW),
        expires_at: second(NOW + 60),
        callee: user(),
        remote_id: remote_id("alice"),
        callee_name: None,
    };
    let [one, other] = [(); 2].map(|()| new.clone().sign(&ring().keys(), &random).unwrap());
    assert_ne!(one, other);
}
