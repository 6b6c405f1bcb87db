//! OpenTok sessions, made by a peer on localhost.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use loop_core::{ParticipantToken, UnavailableError};
use loop_provider::{JOIN_TIMEOUT, NewSession};
use tokio::net::TcpListener;

use crate::{
    peer::{Answer, Peer, verified_claims},
    support::{CALLEE, KEY, SECRET, call, opentok, provider, second},
};

const NOW: u64 = 1_700_000_000;
const RING_DURATION: Duration = Duration::from_mins(2);
const SESSION_ID: &str = "2_MX40NTgyODA2Mn5-MTcwMDAwMDAwMDAwMH5hYmNERUYrL3h-";

async fn new_session(url: &str) -> Result<NewSession, UnavailableError> {
    new_session_within(url, 4000).await
}

async fn new_session_within(url: &str, millis: u64) -> Result<NewSession, UnavailableError> {
    let mut settings = opentok(url);
    settings.push(("LOOP_PROVIDER_TIMEOUT_MS", millis.to_string()));
    let provider = provider(&settings).unwrap();
    provider.create_session(CALLEE, call(1), second(NOW).after(RING_DURATION), second(NOW)).await
}

fn created(session_id: &str) -> Answer {
    let body = serde_json::json!([{
        "session_id": session_id,
        "project_id": KEY,
        "create_dt": "Tue Nov 14 22:13:20 UTC 2023",
        "media_server_url": "",
    }]);
    Answer::Json(StatusCode::OK, body.to_string())
}

fn status(code: u16) -> Answer {
    Answer::Json(StatusCode::from_u16(code).unwrap(), r#"{"message":"hunter2"}"#.to_owned())
}

#[tokio::test]
async fn a_session_is_made_by_one_request() {
    let peer = Peer::start([created(SESSION_ID)]).await;
    let new = new_session(&peer.url).await.unwrap();
    assert_eq!(new.session.provider, "opentok");
    assert_eq!(new.session.api_key, KEY);
    assert_eq!(new.session.session_id, SESSION_ID);
    assert_eq!(new.session.server_url, peer.url);

    let [request] = peer.requests().try_into().unwrap();
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, "/session/create");
    assert_eq!(request.headers["accept"], "application/json");
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(request.body, "archiveMode=manual&p2p.preference=enabled");
    let claims = request.verified_claims(SECRET);
    assert_eq!(claims["iss"], KEY);
    assert_eq!(claims["ist"], "project");
    assert_eq!(claims["iat"], NOW);
    assert_eq!(claims["exp"], NOW + 180);
}

#[tokio::test]
async fn the_two_tokens_are_for_one_session_and_two_participants() {
    let peer = Peer::start([created(SESSION_ID)]).await;
    let new = new_session(&peer.url).await.unwrap();
    let claims = |token: &ParticipantToken| verified_claims(token.expose(), SECRET);
    let [caller, callee] = [claims(&new.caller_token), claims(&new.callee_token)];
    for (claims, data) in [(&caller, "caller"), (&callee, "callee")] {
        assert_eq!(claims["iss"], KEY);
        assert_eq!(claims["ist"], "project");
        assert_eq!(claims["session_id"], SESSION_ID);
        assert_eq!(claims["role"], "publisher");
        assert_eq!(claims["scope"], "session.connect");
        assert_eq!(claims["connection_data"], data);
        for created in ["iat", "create_time"] {
            assert_eq!(claims[created], NOW);
        }
        for expires in ["exp", "expire_time"] {
            assert_eq!(claims[expires], NOW + (RING_DURATION + JOIN_TIMEOUT).as_secs());
        }
    }
    assert_ne!(caller["nonce"], callee["nonce"]);
}

#[tokio::test]
async fn two_calls_never_share_a_session() {
    let peer = Peer::start([created("2_one"), created("2_other"), status(403)]).await;
    let one = new_session(&peer.url).await.unwrap();
    let other = new_session(&peer.url).await.unwrap();
    assert_ne!(one.session.session_id, other.session.session_id);
    assert_ne!(one.callee_token, other.callee_token);
    assert!(new_session(&peer.url).await.is_err(), "a failure falls back on no earlier session");
}

#[tokio::test]
async fn a_passing_fault_is_tried_again() {
    for responses in [[status(500), status(503)], [status(502), Answer::HangUp]] {
        let peer = Peer::start(responses.into_iter().chain([created(SESSION_ID)])).await;
        assert_eq!(new_session(&peer.url).await.unwrap().session.session_id, SESSION_ID);
        let requests = peer.requests();
        assert_eq!(requests.len(), 3);
        let mut ids: Vec<_> =
            requests.iter().map(|request| request.verified_claims(SECRET)["jti"].clone()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 3, "each request has a token of its own");
    }
}

#[tokio::test]
async fn three_tries_are_all() {
    let peer = Peer::start([500, 500, 500, 200].map(status)).await;
    let error = new_session(&peer.url).await.unwrap_err();
    assert_eq!(error.cause(), "opentok: answered 500");
    assert_eq!(peer.requests().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_final() {
    for code in [400, 401, 403, 404, 429, 302] {
        let peer = Peer::start([status(code), created(SESSION_ID)]).await;
        let error = new_session(&peer.url).await.unwrap_err();
        assert_eq!(error.cause(), format!("opentok: answered {code}"));
        assert_eq!(peer.requests().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn nobody_listening_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = new_session(&url).await.unwrap_err();
    assert_eq!(error.cause(), "opentok: could not connect");
}

#[tokio::test]
async fn a_silent_peer_is_given_up_at_the_deadline() {
    // This listener accepts nothing: the kernel makes the connections, and no response ever comes.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    let starts_only = Peer::start([const { Answer::StartsOnly }; 3]).await;
    for url in [&silent_url, &starts_only.url] {
        let start = Instant::now();
        let error = new_session_within(url, 500).await.unwrap_err();
        assert_eq!(error.cause(), "opentok: no session within 500 ms");
        assert!(start.elapsed() >= Duration::from_millis(490));
        assert!(start.elapsed() < Duration::from_secs(4), "far below what a caller would wait");
    }
}

#[tokio::test]
async fn one_silent_answer_leaves_time_for_another_try() {
    let peer = Peer::start([Answer::StartsOnly, created(SESSION_ID)]).await;
    let new = new_session_within(&peer.url, 1000).await.unwrap();
    assert_eq!(new.session.session_id, SESSION_ID);
    assert_eq!(peer.requests().len(), 2);
}

#[tokio::test]
async fn rubbish_is_no_session_and_is_not_asked_for_again() {
    let ok = |body: &str| Answer::Json(StatusCode::OK, body.to_owned());
    let at_most = "x".repeat(255);
    for rubbish in [
        ok(""),
        ok("<html>"),
        ok("null"),
        ok("{}"),
        ok(r#"{"session_id":"2_x"}"#),
        ok("[]"),
        ok("[{}]"),
        ok(r#"[{"session_id":null}]"#),
        ok(r#"[{"session_id":7}]"#),
        ok(r#"[{"session_id":"2_x"}"#),
        created(""),
        created("2 x"),
        created("2_\n"),
        created("2_é"),
        created(&format!("{at_most}x")),
        ok(&format!(r#"[{{"session_id":"2_x","padding":"{}"}}]"#, "x".repeat(100_000))),
        ok(&" ".repeat(1_000_000)),
        Answer::Endless,
    ] {
        let shown = format!("{rubbish:?}").chars().take(80).collect::<String>();
        let peer = Peer::start([rubbish, created(SESSION_ID)]).await;
        let error = new_session(&peer.url).await.expect_err(&shown);
        assert_eq!(error.cause(), "opentok: answered without a session", "{shown}");
        assert_eq!(peer.requests().len(), 1, "{shown}");
    }
    let peer = Peer::start([created(&at_most)]).await;
    assert_eq!(new_session(&peer.url).await.unwrap().session.session_id, at_most);
}
