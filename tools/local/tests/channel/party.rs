//! A call, and the parties that come to its channel.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    fake::until,
    socket::{Seen, Socket},
    world::{Browser, World},
};

/// A call that rings.
pub(crate) struct Call {
    pub(crate) bob: Browser,
    pub(crate) url: String,
    pub(crate) caller_token: String,
    pub(crate) callee_token: String,
    /// The path by which Bob revokes the link that the call came through.
    pub(crate) revocation: String,
}

/// Places a call of Alice to a Bob who has no other call.
pub(crate) async fn place(world: &World) -> Call {
    let mut bob = world.registered("/bob").await;
    let (path, made) = bob.link(600).await;
    let placed = world.browser().call(&path).await.expect(StatusCode::OK);
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    let call = &listed["calls"][0];
    assert_eq!(call["call_id"], placed["call_id"]);
    assert_eq!(call["server_url"], placed["server_url"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Call {
        url: text(&placed["server_url"]),
        caller_token: text(&placed["session_token"]),
        callee_token: text(&call["session_token"]),
        revocation: format!("/call-url/{}", text(&made["call_token"])),
        bob,
    }
}

impl Call {
    /// Connects Alice, who says hello.
    pub(crate) async fn caller(&self) -> Socket {
        let (socket, _) = self.greeted(&self.caller_token).await;
        socket
    }

    /// Connects a device of Bob, which says hello.
    pub(crate) async fn device(&self) -> Socket {
        let (socket, _) = self.greeted(&self.callee_token).await;
        socket
    }

    /// Connects with `token` and returns the socket with the response to its hello.
    pub(crate) async fn greeted(&self, token: &str) -> (Socket, Value) {
        let mut socket = Socket::open(&self.url).await;
        socket.send(&hello(token)).await;
        let greeting = socket.message().await;
        assert_eq!(greeting["type"], "hello", "{greeting}");
        (socket, greeting)
    }

    /// Checks that both parties, when they connect after the end of the call, learn `reason`.
    pub(crate) async fn expect_over(&self, reason: &str) {
        let told = [(&self.caller_token, told_to_caller(reason)), (&self.callee_token, reason)];
        for (token, reason) in told {
            let (mut socket, greeting) = self.greeted(token).await;
            assert_eq!(
                (&greeting["state"], &greeting["reason"]),
                (&json!("terminated"), &json!(reason))
            );
            assert_eq!(socket.next().await, Seen::Closed(Some(1000)));
        }
    }

    /// Connects Alice and one device of Bob, and reads all messages that both get.
    pub(crate) async fn both(&self) -> (Socket, Socket) {
        let mut alice = self.caller().await;
        let mut bob = self.device().await;
        expect_seen(&mut alice, &[progress("alerting")]).await;
        expect_seen(&mut bob, &[]).await;
        (alice, bob)
    }

    /// Connects both as [`both`](Self::both) does, and lets Bob accept.
    pub(crate) async fn connecting(&self) -> (Socket, Socket) {
        let (mut alice, mut bob) = self.both().await;
        bob.send(&action("accept")).await;
        expect_seen(&mut bob, &[progress("connecting")]).await;
        expect_seen(&mut alice, &[progress("connecting")]).await;
        (alice, bob)
    }
}

/// Reports media for one party, then for the other.
pub(crate) async fn connect(alice: &mut Socket, bob: &mut Socket) {
    alice.send(&action("media-up")).await;
    expect_seen(alice, &[progress("half-connected")]).await;
    expect_seen(bob, &[progress("half-connected")]).await;
    bob.send(&action("media-up")).await;
    expect_seen(bob, &[progress("connected")]).await;
    expect_seen(alice, &[progress("connected")]).await;
}

pub(crate) fn hello(token: &str) -> Value {
    json!({ "type": "hello", "token": token })
}

pub(crate) fn action(event: &str) -> Value {
    json!({ "type": "action", "event": event })
}

pub(crate) fn terminate(reason: &str) -> Value {
    json!({ "type": "action", "event": "terminate", "reason": reason })
}

pub(crate) fn signal(data: Value) -> Value {
    json!({ "type": "signal", "data": data })
}

pub(crate) fn progress(state: &str) -> Seen {
    Seen::Message(json!({ "type": "progress", "state": state }))
}

/// Returns what a party is told when the other one is away, or is back.
pub(crate) fn peer(state: &str) -> Seen {
    Seen::Message(json!({ "type": "peer", "state": state }))
}

/// Returns the reason that the caller is told, which does not reveal that the callee has declined
/// or is in another call.
pub(crate) fn told_to_caller(reason: &str) -> &str {
    match reason {
        "reject" | "busy" => "timeout",
        _ => reason,
    }
}

/// Returns the last two things that a party sees.
pub(crate) fn over(reason: &str) -> [Seen; 2] {
    let message = json!({ "type": "progress", "state": "terminated", "reason": reason });
    [Seen::Message(message), Seen::Closed(Some(1000))]
}

/// Checks that exactly this has come so far.
#[track_caller]
pub(crate) fn expect_seen<'a>(
    socket: &'a mut Socket,
    expected: &'a [Seen],
) -> impl Future<Output = ()> + 'a {
    let caller = std::panic::Location::caller();
    async move { assert_eq!(socket.seen().await, expected, "{caller}") }
}

/// Checks that exactly this comes, and that it is the end.
#[track_caller]
pub(crate) fn expect_end<'a>(
    socket: &'a mut Socket,
    expected: &'a [Seen],
) -> impl Future<Output = ()> + 'a {
    let caller = std::panic::Location::caller();
    async move { assert_eq!(until_end(socket).await, expected, "{caller}") }
}

/// Returns everything that comes until the connection is closed.
pub(crate) async fn until_end(socket: &mut Socket) -> Vec<Seen> {
    let mut seen = Vec::new();
    while !matches!(seen.last(), Some(Seen::Closed(_))) {
        seen.push(socket.next().await);
    }
    seen
}

/// Checks that an error with this number comes, and that the connection is then closed or stays.
pub(crate) async fn expect_refusal(socket: &mut Socket, errno: u16, is_closed: bool) {
    let refusal = socket.message().await;
    assert_eq!((&refusal["type"], &refusal["errno"]), (&json!("error"), &json!(errno)));
    assert!(refusal["message"].is_string(), "{refusal}");
    if is_closed {
        expect_end(socket, &[Seen::Closed(Some(1000))]).await;
    } else {
        expect_seen(socket, &[]).await;
    }
}

/// Waits until the functions know of exactly `count` connections.
pub(crate) async fn until_connections(world: &World, count: usize) {
    until(|| world.server.channel().connections() == count).await;
}
