//! What a developer reads first.

/// Where the server listens, and three commands that walk through the flow. `push_url` is a push
/// URL that rings somewhere the developer can see.
pub fn text(url: &str, push_url: &str) -> String {
    format!(
        r#"Loop is ready: {url}

Try it from another terminal. Bob registers a push URL (this one rings here, below), makes a link, and Alice calls:

  curl -sS -c /tmp/bob.cookies {url}/registration -H 'Content-Type: application/json' -d '{{"simple_push_url": "{push_url}"}}'; echo

  LINK=$(curl -sS -b /tmp/bob.cookies {url}/call-url -H 'Content-Type: application/json' -d '{{"remote_id": "alice@example.com", "callee_name": "Bob", "valid_duration": 86400}}' | sed 's/.*"call_url":"\([^"]*\)".*/\1/'); echo "Alice can open $LINK"

  curl -sS -X POST "$LINK"; echo; curl -sS -b /tmp/bob.cookies {url}/calls; echo

Or watch Bob and Alice do it all: cargo run -- demo
Stop with Ctrl-C.
"#
    )
}
