//! The events that API Gateway makes of requests. The inputs are requests as they go over the wire,
//! so that people can read them and every edit of a fuzzer is another request.

use emulator::http_api::event::{Arrival, Gateway, HttpRequest};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::world::NOW;

/// A header of an input that makes the gateway mark the body as base64, regardless of its content.
/// Without it, a body that is not UTF-8 is really encoded in base64, as the gateway does it.
const IS_BASE64: &str = "x-body-is-base64";

const GATEWAY: Gateway<'_> = Gateway {
    account_id: "123456789012",
    api_id: "a1b2c3d4e5",
    domain_name: "loop.example.org",
    domain_prefix: "loop",
    source_ip: "198.51.100.7",
    request_id: "MkT_FjHfIAMEVrQ=",
    now: NOW,
};

/// Reads a request; returns `None` when the gateway itself would have refused it.
pub fn read(request: &[u8]) -> Option<Arrival> {
    let end = request.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((request, &[][..]), |end| (&request[..end], &request[end + 2..]));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split('\n');
    let (method, target) = lines.next()?.split_once(' ')?;
    Method::from_bytes(method.as_bytes()).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = &read_headers(lines)?;
    let mut arrival = Arrival::new(HttpRequest { method, path, query, headers, body }, GATEWAY);
    if headers.contains_key(IS_BASE64) {
        arrival.event["isBase64Encoded"] = true.into();
    }
    Some(arrival)
}

/// Reads one header from each line; returns `None` for a line that no HTTP server accepts.
fn read_headers<'a>(lines: impl Iterator<Item = &'a str>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let value = HeaderValue::from_bytes(value.trim_matches([' ', '\t']).as_bytes()).ok()?;
        headers.try_append(name, value).ok()?;
    }
    Some(headers)
}
