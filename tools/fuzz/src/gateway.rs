//! What API Gateway makes of a request that is written down as it goes over the wire, so that
//! inputs can be read by people and every edit of a fuzzer is another request.

use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::http::{HeaderName, HeaderValue, Method, header};
use loop_lambda::routes::{DEFAULT_FUNCTION, ROUTES};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::world::NOW;

/// An event of payload format 2.0, and the function that its route has.
#[derive(Debug)]
pub struct Arrival {
    /// Such as `open-call-url`.
    pub function: &'static str,
    /// As Lambda hands it over.
    pub event: Value,
}

/// Says that the body is base64, whatever it is. Anything else that is not UTF-8 really becomes
/// base64, as the gateway does it.
const IS_BASE64: &str = "x-body-is-base64";

impl Arrival {
    /// Reads a request; `None` when the gateway itself would have refused it.
    pub fn read(request: &[u8]) -> Option<Self> {
        let end = request.windows(2).position(|pair| pair == b"\n\n");
        let (head, body) =
            end.map_or((request, &[][..]), |end| (&request[..end], &request[end + 2..]));
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split('\n');
        let (method, target) = lines.next()?.split_once(' ')?;
        Method::from_bytes(method.as_bytes()).ok()?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // It hands paths over decoded.
        let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
        let (function, route_key, path_parameters) = route(method, &path);
        let (headers, cookies) = headers_and_cookies(lines)?;
        let text = std::str::from_utf8(body).ok();
        let event = json!({
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": path,
            "rawQueryString": query,
            "cookies": cookies,
            "headers": headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "a1b2c3d4e5",
                "domainName": "loop.example.org",
                "domainPrefix": "loop",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "198.51.100.7",
                    "userAgent": headers.get("user-agent"),
                },
                "requestId": "MkT_FjHfIAMEVrQ=",
                "routeKey": route_key,
                "stage": "$default",
                "timeEpoch": NOW.get(),
            },
            "pathParameters": path_parameters,
            "body": text.map_or_else(|| STANDARD.encode(body), str::to_owned),
            "isBase64Encoded": text.is_none() || headers.contains_key(IS_BASE64),
        });
        Some(Self { function, event })
    }
}

fn route(method: &str, path: &str) -> (&'static str, String, Map<String, Value>) {
    let of_method = ROUTES.iter().filter(|route| route.method == method);
    let mut matching = of_method.filter_map(|route| Some((route, route.parameters(path)?)));
    match matching.next() {
        Some((route, parameters)) => {
            let parameters = parameters.into_iter().map(|(name, it)| (name.to_owned(), it.into()));
            (route.function, format!("{method} {}", route.path), parameters.collect())
        }
        None => (DEFAULT_FUNCTION, "$default".to_owned(), Map::new()),
    }
}

/// Headers of one name become one, joined by commas; cookies go apart. `None` for what no HTTP
/// server takes.
fn headers_and_cookies<'a>(
    lines: impl Iterator<Item = &'a str>,
) -> Option<(Map<String, Value>, Vec<String>)> {
    let mut headers: Map<String, Value> = Map::new();
    let mut cookies = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let value = value.trim_matches([' ', '\t']);
        HeaderValue::from_bytes(value.as_bytes()).ok()?;
        if name == header::COOKIE {
            cookies.extend(value.split(';').map(|cookie| cookie.trim().to_owned()));
            continue;
        }
        let value = match headers.get(name.as_str()).and_then(Value::as_str) {
            Some(present) => format!("{present},{value}"),
            None => value.to_owned(),
        };
        headers.insert(name.as_str().to_owned(), value.into());
    }
    Some((headers, cookies))
}
