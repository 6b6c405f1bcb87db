//! The sessions of the direct provider.

use loop_core::{Admission, KeyRing, Participant, ParticipantToken, TokenError, progress::Role};
use loop_provider::JOIN_TIMEOUT;

use crate::support::{CALLEE, call, direct, provider, second};

const NOW: u64 = 1_800_000_000;

#[tokio::test]
async fn each_side_gets_a_token_for_its_role_in_this_one_call() {
    let provider = provider(&direct()).unwrap();
    let (now, until) = (second(NOW), second(NOW + 120));
    let new = provider.create_session(CALLEE, call(1), until, now).await.unwrap();
    assert_eq!(new.session.provider, "direct");
    assert_eq!(new.session.session_id, call(1).to_string());
    assert_eq!(new.session.server_url, "wss://channel.example.org/live");

    let expires_at = until.after(JOIN_TIMEOUT);
    for (token, role) in [(&new.caller_token, Role::Caller), (&new.callee_token, Role::Callee)] {
        let expected = Participant { callee: CALLEE, call: call(1), role, expires_at };
        assert_eq!(verify(token, NOW), Ok(expected));
        assert!(verify(token, expires_at.get() - 1).is_ok());
        assert_eq!(verify(token, expires_at.get()), Err(TokenError::Expired));
    }
}

fn verify(token: &ParticipantToken, now: u64) -> Result<Participant, TokenError> {
    let ring: KeyRing = direct()[0].1.parse().unwrap();
    let admission = Admission::verify(&ring.keys(), token.expose(), second(now))?;
    assert!(matches!(admission, Admission::Join(_)));
    Ok(*admission.participant())
}
