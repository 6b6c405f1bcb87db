//! A front before the local server that plays the rules of `tools/front/web-acl.yaml`, as AWS WAF
//! is documented: it counts the requests of each address that a rule is about, and refuses what is
//! over the limit. AWS WAF counts with some delay, and this one at once.

use std::{
    collections::HashMap,
    fs,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use loop_lambda::ORIGIN_SECRET;
use serde_yaml_ng::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{template::root, world::SOON};

/// A rule that bounds the requests of one address. The tests take less than its time.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) limit: u64,
    method: Option<String>,
    path: Option<String>,
    is_whole_path: bool,
}

/// The front, which serves until it is dropped.
pub(crate) struct Front {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

struct Before {
    rules: Vec<Rule>,
    counts: Mutex<HashMap<(String, IpAddr), u64>>,
    origin: String,
    secret: &'static str,
    client: reqwest::Client,
}

impl Rule {
    /// Reads the rules of the template, in their order.
    pub(crate) fn all() -> Vec<Self> {
        let text = fs::read_to_string(root().join("tools/front/web-acl.yaml")).unwrap();
        let template: Value = serde_yaml_ng::from_str(&text).unwrap();
        let rules = &template["Resources"]["WebAcl"]["Properties"]["Rules"];
        rules.as_sequence().unwrap().iter().map(|rule| Self::read(rule, &template)).collect()
    }

    fn read(rule: &Value, template: &Value) -> Self {
        assert_eq!(rule["Action"]["Block"]["CustomResponse"]["ResponseCode"], 429);
        let statement = &rule["Statement"]["RateBasedStatement"];
        assert_eq!(statement["AggregateKeyType"], "IP");
        let parameter = crate::template::parameter_of(&statement["Limit"]);
        let limit = template["Parameters"][&*parameter]["Default"].as_u64().unwrap();
        let name = rule["Name"].as_str().unwrap().to_owned();
        let mut read = Self { name, limit, method: None, path: None, is_whole_path: false };
        let scope = &statement["ScopeDownStatement"];
        let several = scope["AndStatement"]["Statements"].as_sequence().cloned();
        for part in several.unwrap_or_else(|| vec![scope.clone()]) {
            let matched = &part["ByteMatchStatement"];
            let Some(text) = matched["SearchString"].as_str() else { continue };
            if matched["FieldToMatch"]["Method"].is_null() {
                read.path = Some(text.to_owned());
                read.is_whole_path = matched["PositionalConstraint"] == "EXACTLY";
            } else {
                read.method = Some(text.to_owned());
            }
        }
        read
    }

    fn is_about(&self, method: &str, path: &str) -> bool {
        self.method.as_ref().is_none_or(|own| own == method)
            && self.path.as_ref().is_none_or(|own| match self.is_whole_path {
                true => path == own,
                false => path.starts_with(own),
            })
    }
}

impl Front {
    /// Starts a front before the server at `origin`, to which it sends `secret`.
    pub(crate) async fn start(origin: String, secret: &'static str) -> Self {
        let client = loop_outbound::client(SOON).unwrap().build().unwrap();
        let (rules, counts) = (Rule::all(), Mutex::default());
        let before = Arc::new(Before { rules, counts, origin, secret, client });
        let router = Router::new().fallback(forward).with_state(before);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { address, serving }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn forward(
    State(before): State<Arc<Before>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if !before.admits(client.ip(), request.method().as_str(), request.uri().path()) {
        return (StatusCode::TOO_MANY_REQUESTS, r#"{"message":"Too Many Requests"}"#)
            .into_response();
    }
    let (parts, body) = request.into_parts();
    let mut headers: HeaderMap = parts.headers;
    headers.remove("host");
    headers.insert(ORIGIN_SECRET, before.secret.parse().unwrap());
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let url = format!("{}{}", before.origin, parts.uri);
    let request = before.client.request(parts.method, url).headers(headers).body(body);
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let mut response = Response::new(Body::from(response.bytes().await.unwrap()));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.headers_mut().remove("transfer-encoding");
    response
}

impl Before {
    /// Counts a request for every rule that is about it, and returns whether none is over its limit.
    fn admits(&self, address: IpAddr, method: &str, path: &str) -> bool {
        let mut counts = self.counts.lock().unwrap();
        let mut rules = self.rules.iter().filter(|rule| rule.is_about(method, path));
        rules.all(|rule| {
            let count = counts.entry((rule.name.clone(), address)).or_default();
            *count += 1;
            *count <= rule.limit
        })
    }
}
