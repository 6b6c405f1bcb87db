//! A gateway whose functions a test can watch.

use emulator::{
    event_handler::FunctionError,
    websocket_api::{ChannelFunctions, ChannelGateway, PATH, Timeouts},
};
use loop_core::Clock;
use reqwest::{Client, Method, Response};
use serde_json::json;

use crate::{
    fake::{Events, client, serve, until},
    socket::Socket,
};

pub(super) const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=local/20270115/us-east-1/execute-api/\
     aws4_request, SignedHeaders=host, Signature=00";

pub(super) struct Fixture {
    pub(super) gateway: ChannelGateway,
    pub(super) events: Events,
    pub(super) url: String,
    pub(super) management_url: String,
    pub(super) client: Client,
}

impl Fixture {
    /// Returns a gateway that refuses connections with the status that their query asks for, and
    /// whose function fails for messages that ask for it.
    pub(super) async fn new() -> Self {
        Self::with(Timeouts::default()).await
    }

    pub(super) async fn with(timeouts: Timeouts) -> Self {
        let events = Events::default();
        let functions = ChannelFunctions {
            connect: events.function(|event| {
                let status = &event["queryStringParameters"]["status"];
                match status.as_str().map(str::parse::<u16>) {
                    None => Ok(json!({ "statusCode": 200 })),
                    Some(Ok(status)) => Ok(json!({ "statusCode": status })),
                    Some(Err(_)) => Err(FunctionError),
                }
            }),
            message: events.function(|event| match event["body"].as_str() {
                Some("fail") => Err(FunctionError),
                _ => Ok(json!({ "statusCode": 200 })),
            }),
            disconnect: events.function(|_| Ok(json!({ "statusCode": 200 }))),
        };
        let gateway = ChannelGateway::with_timeouts(functions, Clock::system(), timeouts);
        let url = format!("ws://{}{PATH}", serve(gateway.public_routes()).await);
        let management_url = format!("http://{}", serve(gateway.management_routes()).await);
        Self { gateway, events, url, management_url, client: client() }
    }

    pub(super) async fn connected(&self) -> (Socket, String) {
        let socket = Socket::open(&self.url).await.undescribed();
        let event = self.events.wait_for(1).await.pop().unwrap();
        let id = event["requestContext"]["connectionId"].as_str().unwrap().to_owned();
        until(|| self.gateway.connections() == 1).await;
        (socket, id)
    }

    pub(super) async fn manage(
        &self,
        method: Method,
        path: &str,
        id: &str,
        body: &str,
    ) -> Response {
        let url = format!("{}{path}/@connections/{}", self.management_url, escaped(id));
        let request = self.client.request(method, url).header("authorization", SIGNATURE);
        request.body(body.to_owned()).send().await.unwrap()
    }

    pub(super) async fn all_gone(&self) {
        until(|| self.gateway.connections() == 0).await;
    }
}

/// Escapes a connection id in a path as the SDK does.
pub(super) fn escaped(id: &str) -> String {
    id.replace('=', "%3D")
}
