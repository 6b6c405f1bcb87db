//! LiveKit sessions, with the tokens verified by LiveKit's own crate.

use std::time::Duration;

use livekit_api::access_token::{Claims, TokenVerifier};
use loop_core::ParticipantToken;
use loop_provider::{JOIN_TIMEOUT, NewSession};

use crate::support::{CALLEE, KEY, SECRET, call, livekit, now, provider};

async fn new_session(number: u8) -> NewSession {
    let provider = provider(&livekit()).unwrap();
    provider
        .create_session(CALLEE, call(number), now().after(Duration::from_mins(2)), now())
        .await
        .unwrap()
}

fn verified(token: &ParticipantToken) -> Claims {
    TokenVerifier::with_api_key(KEY, SECRET).verify(token.expose()).unwrap()
}

#[tokio::test]
async fn both_participants_may_join_the_room_of_the_call() {
    let new = new_session(1).await;
    assert_eq!(new.session.provider, "livekit");
    assert_eq!(new.session.api_key, KEY);
    assert_eq!(new.session.session_id, call(1).to_string());
    assert_eq!(new.session.server_url, "wss://loop.livekit.cloud");

    let [caller, callee] = [verified(&new.caller_token), verified(&new.callee_token)];
    assert_eq!(caller.sub, format!("caller-{}", call(1)));
    assert_eq!(callee.sub, format!("callee-{}", call(1)));
    for claims in [caller, callee] {
        assert_eq!(claims.video.room, new.session.session_id);
        assert!(claims.video.room_join);
        assert_eq!(claims.video.can_publish, Some(true));
        assert_eq!(claims.video.can_subscribe, Some(true));
        assert_eq!(claims.video.can_publish_data, Some(true));
        assert!(!claims.video.room_admin && !claims.video.room_create && !claims.video.room_list);
    }
}

#[tokio::test]
async fn tokens_outlive_the_ringing_by_the_time_to_join() {
    let now = now();
    let provider = provider(&livekit()).unwrap();
    let new = provider
        .create_session(CALLEE, call(1), now.after(Duration::from_mins(2)), now)
        .await
        .unwrap();
    for token in [new.caller_token, new.callee_token] {
        let claims = verified(&token);
        assert_eq!(claims.nbf as u64, now.get());
        assert_eq!(claims.exp as u64, now.get() + 120 + JOIN_TIMEOUT.as_secs());
    }
}

#[tokio::test]
async fn no_other_secret_and_no_other_key_verifies() {
    let token = new_session(1).await.caller_token;
    assert!(TokenVerifier::with_api_key(KEY, "another").verify(token.expose()).is_err());
    assert!(TokenVerifier::with_api_key("another", SECRET).verify(token.expose()).is_err());
}

#[tokio::test]
async fn each_call_has_a_room_of_its_own() {
    let [one, other] = [new_session(1).await, new_session(2).await];
    assert_ne!(one.session.session_id, other.session.session_id);
    assert_ne!(verified(&one.caller_token).video.room, verified(&other.caller_token).video.room);
}
