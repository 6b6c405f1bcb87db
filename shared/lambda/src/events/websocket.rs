//! The events that API Gateway's WebSocket APIs hand over.

use std::{collections::BTreeMap, time::Duration};

use lambda_http::http::StatusCode;
use loop_core::progress::ConnectionId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::function::EventItem;

/// An event of a WebSocket API: a connection is opened or closed, or a message has come by it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebSocketEvent {
    request_context: Context,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    body: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    connection_id: String,
    route_key: String,
    #[serde(default)]
    request_id: String,
}

impl WebSocketEvent {
    /// Returns the gateway's name for the connection.
    pub fn connection_id(&self) -> &str {
        &self.request_context.connection_id
    }

    /// Returns the message, which is empty when there is none.
    pub fn body(&self) -> &str {
        self.body.as_deref().unwrap_or_default()
    }

    /// Returns a header of the request that opens the connection. The case of `name` does not
    /// matter, since the gateway hands headers over as the client spells them.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.headers.as_ref()?;
        let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl EventItem for WebSocketEvent {
    const SOURCE: &'static str = "WEBSOCKET";
    /// A time that suffices if every request to AWS needs all its attempts: the gateway sends each
    /// event only once.
    const TIME_LIMIT: Duration = Duration::from_secs(24);

    fn read(event: Value) -> Option<Vec<Self>> {
        let event: Self = serde_json::from_value(event).ok()?;
        (event.connection_id().len() <= ConnectionId::MAX_BYTES).then(|| vec![event])
    }

    fn route(&self) -> &str {
        &self.request_context.route_key
    }

    fn id(&self) -> &str {
        &self.request_context.request_id
    }

    fn respond(outcomes: &[(Option<Self>, StatusCode)]) -> Value {
        let status = outcomes.first().map_or(StatusCode::OK, |(_, status)| *status);
        json!({ "statusCode": status.as_u16() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_in_any_case() {
        let event = json!({
            "requestContext": { "connectionId": "c=", "routeKey": "$connect" },
            "headers": { "Origin": "https://a.example" },
        });
        let event = WebSocketEvent::read(event).unwrap().pop().unwrap();
        assert_eq!(event.header("origin"), Some("https://a.example"));
        assert_eq!((event.header("Host"), event.body()), (None, ""));
    }

    #[test]
    fn a_name_of_a_connection_fits_a_token() {
        for (length, is_read) in [(128, true), (129, false)] {
            let name = "c".repeat(length);
            let event =
                json!({ "requestContext": { "connectionId": name, "routeKey": "$default" } });
            assert_eq!(WebSocketEvent::read(event).is_some(), is_read, "{length}");
        }
    }

    #[test]
    fn what_is_not_from_a_socket_is_refused() {
        assert!(WebSocketEvent::read(json!({ "Records": [] })).is_none());
        let response = WebSocketEvent::respond(&[(None, StatusCode::BAD_REQUEST)]);
        assert_eq!(response, json!({ "statusCode": 400 }));
    }
}
