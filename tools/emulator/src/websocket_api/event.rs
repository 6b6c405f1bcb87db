//! Events as API Gateway writes them for a WebSocket API:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html>.

use axum::http::{HeaderMap, Uri, header};
use base64::{Engine, engine::general_purpose::URL_SAFE};
use jiff::{Timestamp, fmt::strtime, tz::TimeZone};
use loop_core::{Clock, UnixMillis};
use ring::{
    error::Unspecified,
    rand::{SecureRandom, SystemRandom},
};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::address::STAGE;

/// The connection of one client.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// The id, as long as those of AWS and in the same alphabet, which needs escaping in a path.
    pub(super) connection_id: String,
    pub(super) connected_at: UnixMillis,
    pub(super) user_agent: Option<String>,
}

/// The end of a connection, as the gateway reports it.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Peer {
    pub(super) fn new(
        random: &SystemRandom,
        connected_at: UnixMillis,
        headers: &HeaderMap,
    ) -> Result<Self, Unspecified> {
        let user_agent = headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok());
        Ok(Self {
            connection_id: identifier(random)?,
            connected_at,
            user_agent: user_agent.map(str::to_owned),
        })
    }

    pub(super) fn identity(&self) -> Value {
        json!({ "sourceIp": "127.0.0.1", "userAgent": self.user_agent })
    }
}

/// Builds the event of `$connect`, with the URI and headers of the client's handshake.
pub(super) fn connect(
    peer: &Peer,
    uri: &Uri,
    headers: &HeaderMap,
    clock: &Clock,
    random: &SystemRandom,
) -> Value {
    let (single, multiple) = by_name(headers);
    let mut event = json!({
        "headers": single,
        "multiValueHeaders": multiple,
        "requestContext": context(peer, "$connect", "CONNECT", clock, random),
        "isBase64Encoded": false,
    });
    let parameters = url_parameters(uri);
    if !parameters.is_empty() {
        event["queryStringParameters"] = parameters.into();
    }
    event
}

/// Builds the event of `$default`, for a message.
pub(super) fn message(peer: &Peer, body: &str, clock: &Clock, random: &SystemRandom) -> Value {
    let mut context = context(peer, "$default", "MESSAGE", clock, random);
    context["messageId"] = identifier(random).unwrap_or_default().into();
    json!({ "requestContext": context, "body": body, "isBase64Encoded": false })
}

/// Builds the event of `$disconnect`, for a socket that is gone.
pub(super) fn disconnect(
    peer: &Peer,
    ending: &Ending,
    clock: &Clock,
    random: &SystemRandom,
) -> Value {
    let mut context = context(peer, "$disconnect", "DISCONNECT", clock, random);
    context["disconnectStatusCode"] = ending.code.into();
    context["disconnectReason"] = ending.reason.as_str().into();
    json!({
        "headers": { "Host": "localhost", "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" },
        "multiValueHeaders": {
            "Host": ["localhost"], "x-api-key": [""], "X-Forwarded-For": [""], "x-restapi": [""],
        },
        "requestContext": context,
        "isBase64Encoded": false,
    })
}

fn context(
    peer: &Peer,
    route_key: &str,
    event_type: &str,
    clock: &Clock,
    random: &SystemRandom,
) -> Value {
    let now = clock.now();
    let request_id = identifier(random).unwrap_or_default();
    json!({
        "routeKey": route_key,
        "eventType": event_type,
        "extendedRequestId": request_id,
        "requestTime": common_log_format(now),
        "messageDirection": "IN",
        "stage": STAGE,
        "connectedAt": peer.connected_at.get(),
        "requestTimeEpoch": now.get(),
        "identity": peer.identity(),
        "requestId": request_id,
        "domainName": "localhost",
        "connectionId": peer.connection_id,
        "apiId": "local",
    })
}

/// Returns a random identifier such as `L0SM9cOFvHcCIhw=`.
fn identifier(random: &SystemRandom) -> Result<String, Unspecified> {
    let mut bytes = [0; 11];
    random.fill(&mut bytes)?;
    Ok(URL_SAFE.encode(bytes))
}

/// Returns the headers with their last values, and with all of their values.
fn by_name(headers: &HeaderMap) -> (Map<String, Value>, Map<String, Value>) {
    let (mut single, mut multiple) = (Map::new(), Map::<String, Value>::new());
    for (name, value) in headers {
        let name = as_clients_write_it(name.as_str());
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let values = multiple.entry(name.clone()).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(value.as_str().into());
        }
        single.insert(name, value.into());
    }
    (single, multiple)
}

/// Returns the name of a header as clients write it. A WebSocket API hands names over in that form,
/// which is `Origin` in browsers, but our HTTP server has made them lower-case.
fn as_clients_write_it(name: &str) -> String {
    let words = name.split('-').map(|word| match word.split_at_checked(1) {
        Some((first, rest)) => first.to_uppercase() + rest,
        None => String::new(),
    });
    words.collect::<Vec<_>>().join("-")
}

fn url_parameters(uri: &Uri) -> Map<String, Value> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect()
}

/// Returns a time such as `09/Apr/2015:12:34:56 +0000`.
fn common_log_format(now: UnixMillis) -> String {
    let timestamp =
        i64::try_from(now.get()).ok().and_then(|it| Timestamp::from_millisecond(it).ok());
    let zoned = timestamp.unwrap_or_default().to_zoned(TimeZone::UTC);
    strtime::format("%d/%b/%Y:%H:%M:%S %z", &zoned).unwrap_or_default()
}
