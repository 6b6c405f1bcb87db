//! An HTTP peer on localhost that sends the given responses and remembers the requests.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{StreamExt, stream};
use ring::hmac;
use tokio::net::TcpListener;

/// A response of the peer to one request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The peer responds with this status and body.
    Json(StatusCode, String),
    /// The peer responds with 200 and never stops sending.
    Endless,
    /// The peer responds with 200, announces a body, and sends nothing more.
    StartsOnly,
    /// The peer announces a body and breaks the connection instead of sending it.
    HangUp,
}

/// A request as it has arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A peer that gives its responses in order, and 418 when there are none left.
pub(crate) struct Peer {
    pub(crate) url: String,
    script: Arc<Script>,
}

#[derive(Default)]
struct Script {
    responses: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<Seen>>,
}

impl Peer {
    pub(crate) async fn start(responses: impl IntoIterator<Item = Answer>) -> Self {
        let script = Arc::new(Script {
            responses: Mutex::new(responses.into_iter().collect()),
            seen: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(response).with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, script }
    }

    /// Returns all requests so far.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.script.seen.lock().unwrap().clone()
    }
}

async fn response(State(script): State<Arc<Script>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 4096).await.unwrap();
    script.seen.lock().unwrap().push(Seen {
        method: head.method.to_string(),
        path: head.uri.to_string(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let next = script.responses.lock().unwrap().pop_front();
    let (status, body) = match next {
        Some(Answer::Json(status, body)) => (status, Body::from(body)),
        Some(Answer::Endless) => {
            let chunks = stream::repeat(Bytes::from_static(&[b' '; 1024]));
            (StatusCode::OK, Body::from_stream(chunks.map(Ok::<_, Infallible>)))
        }
        Some(Answer::StartsOnly) => {
            let start = stream::once(async { Ok::<_, Infallible>(Bytes::from_static(b"[")) });
            (StatusCode::OK, Body::from_stream(start.chain(stream::pending())))
        }
        Some(Answer::HangUp) => {
            let broken = stream::once(async { Err::<Bytes, _>("broken on purpose") });
            (StatusCode::OK, Body::from_stream(broken))
        }
        None => (StatusCode::IM_A_TEAPOT, Body::empty()),
    };
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::LOCATION, "/session/create")
        .body(body)
        .unwrap()
}

impl Seen {
    /// Returns the claims of the token in `X-OPENTOK-AUTH`.
    pub(crate) fn verified_claims(&self, secret: &str) -> serde_json::Value {
        verified_claims(self.headers["x-opentok-auth"].to_str().unwrap(), secret)
    }
}

/// Verifies the signature of a token and returns its claims.
pub(crate) fn verified_claims(token: &str, secret: &str) -> serde_json::Value {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    hmac::verify(&key, signed.as_bytes(), &signature).unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    let [head, claims] = [head, claims].map(|part| {
        let json = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice::<serde_json::Value>(&json).unwrap()
    });
    assert_eq!(head["alg"], "HS256");
    claims
}
