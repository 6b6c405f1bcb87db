//! What people ask the local server for.

use http_load::request;
use serde_json::json;

use crate::traffic::{Callee, Exchange, PushService};

/// A new user registers a device. No other one may have that name.
pub(crate) fn register(push: &PushService, name: &str) -> Exchange {
    registration(None, &push.url(name, 0))
}

/// The callee registers a device, which may be a new one.
pub(crate) fn register_again(callee: &Callee, push: &PushService, device: usize) -> Exchange {
    registration(Some(&callee.cookie), &push.url(&callee.name, device))
}

fn registration(cookie: Option<&str>, push_url: &str) -> Exchange {
    let body = json!({ "simple_push_url": push_url });
    exchange(request("POST", "/registration", cookie, Some(&body)), "\"device_id\"")
}

/// The callee makes a link.
pub(crate) fn make_link(cookie: &str) -> Exchange {
    let wish = json!({
        "remote_id": "alice@example.com",
        "callee_name": "Bob",
        "valid_duration": 86_400,
    });
    exchange(request("POST", "/call-url", Some(cookie), Some(&wish)), "\"call_token\"")
}

/// A caller opens the callee's link.
pub(crate) fn open_link(callee: &Callee) -> Exchange {
    exchange(request("GET", &callee.path(), None, None), "\"callee_name\":\"Bob\"")
}

/// A caller calls, and it rings.
pub(crate) fn place_call(callee: &Callee) -> Exchange {
    exchange(request("POST", &callee.path(), None, None), "\"notified\":true")
}

/// A caller calls while as many calls ring as may.
pub(crate) fn place_call_in_vain(callee: &Callee) -> Exchange {
    let exchange = exchange(request("POST", &callee.path(), None, None), "\"errno\":117");
    Exchange { status: 429, ..exchange }
}

/// The callee asks who is calling, while so many calls ring.
pub(crate) fn list_calls(callee: &Callee, pending: usize) -> Exchange {
    let list = exchange(request("GET", "/calls", Some(&callee.cookie), None), "\"call_id\"");
    Exchange { times: pending, ..list }
}

fn exchange(request: Vec<u8>, part: &str) -> Exchange {
    Exchange { request, status: 200, part: part.to_owned(), times: 1 }
}
