//! One connection, from the response to its handshake until its end.

use std::{future::Future, sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::StreamExt;
use serde_json::json;
use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    time::{Instant, sleep_until, timeout},
};

use super::{
    api::{Api, Timeouts},
    connections::{Command, Connection},
    event::{self, Ending, Peer},
};

/// The frame for a connection that a function has closed.
pub(super) const NORMAL: CloseFrame = frame(close_code::NORMAL, "Connection Closed Normally");
/// The frame for a connection that was idle or open for too long, or when the gateway stops.
pub(super) const GOING_AWAY: CloseFrame = frame(close_code::AWAY, "Going away");
const BINARY: CloseFrame = frame(close_code::UNSUPPORTED, "Binary frames are not supported");
const TOO_LONG: CloseFrame = frame(close_code::SIZE, "Message too long");

/// The number of messages that may wait for those before them. Beyond it, the gateway stops reading
/// from the client.
const WAITING_MESSAGES_MAX: usize = 64;
/// The time after which a client that has not received a message is given up.
const SEND_DEADLINE: Duration = Duration::from_secs(10);
const GOODBYE_DEADLINE: Duration = Duration::from_secs(1);

/// A connection that the functions know of. When it is dropped, they are told that it is gone.
pub(super) struct Socket {
    api: Arc<Api>,
    peer: Peer,
    ending: Ending,
}

impl Socket {
    pub(super) fn new(api: Arc<Api>, peer: Peer) -> Self {
        api.connections.begin();
        // This is reported unless the connection ends in another way.
        let ending = Ending { code: close_code::ABNORMAL, reason: "Internal error".to_owned() };
        Self { api, peer, ending }
    }

    pub(super) async fn serve(mut self, mut stream: WebSocket) {
        let (connection, commands) = Connection::new(self.peer.clone());
        self.api.connections.add(connection.clone());
        let (messages, waiting) = mpsc::channel(WAITING_MESSAGES_MAX);
        let pump = async {
            let ending = pump(&mut stream, commands, messages, &connection, &self.api).await;
            // Functions that still run for this connection can't send to it any more.
            self.api.connections.remove(&self.peer.connection_id);
            ending
        };
        let (ending, ()) = tokio::join!(pump, self.invoke_in_order(&connection, waiting));
        self.ending = ending;
    }

    async fn invoke_in_order(
        &self,
        connection: &Connection,
        mut waiting: mpsc::Receiver<Utf8Bytes>,
    ) {
        let Api { functions, clock, random, .. } = &*self.api;
        while let Some(text) = waiting.recv().await {
            let event = event::message(&self.peer, &text, clock, random);
            let request_id = event["requestContext"]["requestId"].clone();
            if functions.message.invoke(event).await.is_err() {
                let fault = json!({
                    "message": "Internal server error",
                    "connectionId": self.peer.connection_id,
                    "requestId": request_id,
                });
                // It does not matter whether the client is still there to receive this.
                let _ = connection.send(fault.to_string().into()).await;
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let api = Arc::clone(&self.api);
        api.connections.remove(&self.peer.connection_id);
        let event = event::disconnect(&self.peer, &self.ending, &api.clock, &api.random);
        // Without a runtime the process is at its end, and so are the functions.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            // A failure is ignored: AWS does not guarantee this event either.
            let _ = api.functions.disconnect.invoke(event).await;
            api.connections.end();
        });
    }
}

/// Carries messages both ways until the connection ends, and returns how it ended.
async fn pump(
    stream: &mut WebSocket,
    mut commands: UnboundedReceiver<Command>,
    messages: mpsc::Sender<Utf8Bytes>,
    connection: &Connection,
    api: &Api,
) -> Ending {
    let Timeouts { idle, lifetime } = api.timeouts;
    let oldest = Instant::now() + lifetime;
    let mut idlest = Instant::now() + idle;
    loop {
        // A message is not read before there is room for it.
        let room_and_message = async {
            let room = messages.reserve().await;
            (room, stream.next().await)
        };
        tokio::select! {
            Some(command) = commands.recv() => match command {
                Command::Send(text, done) => {
                    if !in_time(stream.send(Message::Text(text))).await {
                        return gone();
                    }
                    let _ = done.send(());
                    idlest = Instant::now() + idle;
                }
                Command::Close(frame, done) => {
                    let ending = say_goodbye(stream, frame).await;
                    if let Some(done) = done {
                        let _ = done.send(());
                    }
                    return ending;
                }
            },
            (room, message) = room_and_message => {
                let frame = match message {
                    None => return gone(),
                    Some(Ok(Message::Close(frame))) => return closed_by_client(frame),
                    Some(Ok(Message::Text(text))) => {
                        if let Ok(room) = room {
                            room.send(text);
                        }
                        None
                    }
                    // The library responds to pings itself.
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => None,
                    Some(Ok(Message::Binary(_))) => Some(BINARY),
                    Some(Err(error)) if is_too_long(&error) => Some(TOO_LONG),
                    Some(Err(_)) => return gone(),
                };
                if let Some(frame) = frame {
                    return say_goodbye(stream, frame).await;
                }
                idlest = Instant::now() + idle;
                connection.touch(api.clock.now());
            }
            () = sleep_until(idlest.min(oldest)) => return say_goodbye(stream, GOING_AWAY).await,
        }
    }
}

/// Closes the connection, and gives the client time to read the reason.
async fn say_goodbye(stream: &mut WebSocket, frame: CloseFrame) -> Ending {
    let ending = Ending { code: frame.code, reason: frame.reason.to_string() };
    if in_time(stream.send(Message::Close(Some(frame)))).await {
        let until_closed = async { while let Some(Ok(_)) = stream.next().await {} };
        let _ = timeout(GOODBYE_DEADLINE, until_closed).await;
    }
    ending
}

async fn in_time<E>(sending: impl Future<Output = Result<(), E>>) -> bool {
    timeout(SEND_DEADLINE, sending).await.is_ok_and(|sent| sent.is_ok())
}

fn is_too_long(error: &axum::Error) -> bool {
    // Axum wraps the error of the WebSocket library and gives no access to its type.
    error.to_string().contains("too long")
}

fn closed_by_client(frame: Option<CloseFrame>) -> Ending {
    match frame {
        Some(frame) => Ending { code: frame.code, reason: frame.reason.to_string() },
        None => Ending { code: close_code::STATUS, reason: String::new() },
    }
}

fn gone() -> Ending {
    Ending { code: close_code::ABNORMAL, reason: "Connection closed unexpectedly".to_owned() }
}

const fn frame(code: u16, reason: &'static str) -> CloseFrame {
    CloseFrame { code, reason: Utf8Bytes::from_static(reason) }
}
