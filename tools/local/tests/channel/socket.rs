//! A WebSocket client.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use crate::{described::DESCRIPTION, secrets::Secrets};

/// A wait that is long enough for anything that will come, on a busy machine.
const SOON: Duration = Duration::from_secs(20);

pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    secrets: Secrets,
    /// The names of the messages that were sent and received, as they are described. `None` is a
    /// connection to functions of a test, which send anything.
    exchanged: Option<BTreeSet<String>>,
    /// The token to come back by, which the last reply to hello has brought.
    return_token: Option<String>,
}

/// Something that a client sees.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Message(Value),
    /// The end of the connection, with the code of the closing frame, if there was one.
    Closed(Option<u16>),
}

impl Socket {
    pub(crate) async fn open(url: &str) -> Self {
        Self::try_open(url, &[]).await.unwrap()
    }

    /// Opens a connection, or returns the status when the handshake is refused.
    pub(crate) async fn try_open(url: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match timeout(SOON, connect_async(request)).await.unwrap() {
            Ok((stream, _)) => {
                let (secrets, exchanged) = (Secrets::of_server(url), Some(BTreeSet::new()));
                Ok(Self { stream, secrets, exchanged, return_token: None })
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Lets the connection exchange messages that are not described.
    pub(crate) fn undescribed(mut self) -> Self {
        self.exchanged = None;
        self
    }

    /// Returns the names of the described messages that were sent and received.
    pub(crate) fn exchanged(&self) -> &BTreeSet<String> {
        self.exchanged.as_ref().unwrap()
    }

    /// Returns the token by which this party comes back over another connection.
    pub(crate) fn return_token(&self) -> String {
        self.return_token.clone().expect("hello was said")
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.secrets.note_json(message);
        let text = message.to_string();
        if let Some(exchanged) = &mut self.exchanged {
            exchanged.extend(DESCRIPTION.expect_of_client(&text).map(str::to_owned));
        }
        self.send_frame(Message::text(text)).await;
    }

    /// Sends a frame of any kind. An error is ignored, since the server may have closed the
    /// connection, which the next read shows.
    pub(crate) async fn send_frame(&mut self, frame: Message) {
        let _ = timeout(SOON, self.stream.send(frame)).await.unwrap();
    }

    /// Returns the next thing that happens.
    pub(crate) async fn next(&mut self) -> Seen {
        loop {
            match timeout(SOON, self.stream.next()).await.expect("nothing comes") {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] == "error" {
                        self.secrets.expect_none_in(&text, "an error on the channel");
                    }
                    self.secrets.note_json(&message);
                    if let Some(token) = message["session_token"].as_str() {
                        self.return_token = Some(token.to_owned());
                    }
                    if let Some(exchanged) = &mut self.exchanged {
                        exchanged.insert(DESCRIPTION.expect_of_server(&message).to_owned());
                    }
                    return Seen::Message(message);
                }
                Some(Ok(Message::Close(frame))) => {
                    // The response to the closing frame goes out with the next read.
                    while let Ok(Some(Ok(_))) = timeout(SOON, self.stream.next()).await {}
                    return Seen::Closed(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Seen::Closed(None),
            }
        }
    }

    pub(crate) async fn message(&mut self) -> Value {
        match self.next().await {
            Seen::Message(message) => message,
            closed @ Seen::Closed(_) => panic!("{closed:?}"),
        }
    }

    /// Returns everything that has come so far. The channel handles the messages of one connection
    /// in order here, so when it responds to a ping it has handled all earlier messages.
    pub(crate) async fn seen(&mut self) -> Vec<Seen> {
        self.send(&json!({ "type": "ping" })).await;
        let mut seen = Vec::new();
        loop {
            match self.next().await {
                Seen::Message(pong) if pong == json!({ "type": "pong" }) => return seen,
                closed @ Seen::Closed(_) => {
                    seen.push(closed);
                    return seen;
                }
                message => seen.push(message),
            }
        }
    }

    /// Closes the connection and waits for the response.
    pub(crate) async fn close(mut self) {
        let _ = self.stream.close(None).await;
        while let Ok(Some(Ok(_))) = timeout(SOON, self.stream.next()).await {}
    }

    /// Ends the connection without a closing frame.
    pub(crate) fn vanish(self) {
        drop(self);
    }
}
