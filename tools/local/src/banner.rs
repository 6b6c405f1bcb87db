//! The text that a developer reads first.

/// The polling id of a page that asks for calls by itself: any 16 bytes.
const POLLING_ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// Returns a text with the server's address and three commands that walk through the flow.
/// `push_url` is a push URL that rings where the developer can see it, if the server calls URLs on
/// this machine.
pub fn text(url: &str, push_url: Option<&str>) -> String {
    let (bob, device) = match push_url {
        Some(push_url) => (
            "Bob registers a push URL (this one rings here, below)",
            format!(r#"{{"simple_push_url": "{push_url}"}}"#),
        ),
        None => (
            "Bob registers as a page that asks (no push URL on this machine may be called)",
            format!(r#"{{"polling_id": "{POLLING_ID}"}}"#),
        ),
    };
    format!(
        r#"Loop is ready: {url}

Try it from another terminal. {bob}, makes a link, and Alice calls:

  curl -sS -c /tmp/bob.cookies {url}/registration -H 'Content-Type: application/json' -d '{device}'; echo

  LINK=$(curl -sS -b /tmp/bob.cookies {url}/call-url -H 'Content-Type: application/json' -d '{{"remote_id": "alice@example.com", "callee_name": "Bob", "valid_duration": 86400}}' | sed 's/.*"call_url":"\([^"]*\)".*/\1/'); echo "Alice can open $LINK"

  curl -sS -X POST "$LINK"; echo; curl -sS -b /tmp/bob.cookies {url}/calls; echo

Or watch Bob and Alice do it all: cargo run -- demo
Stop with Ctrl-C.
"#
    )
}
