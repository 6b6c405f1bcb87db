//! Names that attackers make up to run a script, to look like another name, or to break the
//! programs that read them: in pages, in JSON, in headers and in the log.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{Browser, Received, World};

/// Texts that are legal as names and stay text.
const LEGAL: &[&str] = &[
    "<script>alert(1)</script>",
    "</script><script>alert(1)//",
    "</SCRIPT ><svg/onload=alert(1)>",
    "\"><img src=x onerror=alert(1)>",
    "'><img src=x onerror=alert(1)>",
    "</title><script>alert(1)</script",
    "</bdi><iframe src=//evil.example",
    "<!--<script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh>",
    "<a href=javascript:alert(1)>x</a",
    "<style>*{display:none}</style>",
    "javascript:alert(1)",
    "data:text/html,<script>x",
    "{{7*7}}{% x %}",
    "${alert(1)}`",
    "{name}{callee}{remote_id}",
    "$& $1 $$ $` $'",
    "\\u003cscript\\u003e",
    "\\\"};alert(1);//",
    "&lt;script&gt;&amp;lt;",
    "&#60;b&#62;&quot;",
    "%3Cscript%3E%0d%0aA: b",
    "+ADw-script+AD4-",
    "\u{fffd}\u{e000}",
    "<\u{301}b>e\u{301}\u{327}",
    "＜script＞",
];

/// Texts that no name may have.
const ILLEGAL: &[&str] = &[
    "a\u{202e}b",
    "a\u{202d}b",
    "a\u{202a}b\u{202c}",
    "a\u{2066}b\u{2069}",
    "a\u{2067}b\u{2069}",
    "a\u{2068}b\u{2069}",
    "a\u{200e}b",
    "a\u{200f}b",
    "a\u{61c}b",
    "a\u{2028}b",
    "a\u{2029}b",
    "a\0",
    "a\tb",
    "a\r\nSet-Cookie: b=c",
    "a\u{1b}[31m",
    "a\u{7f}",
    "a\u{85}b",
    "a\u{9b}31m",
    "a\u{200b}b",
    "a\u{2060}b",
    "a\u{ad}b",
    "a\u{feff}b",
    "a\u{fff9}b",
    "a\u{1bca0}b",
    "a\u{e0080}b",
    "a\u{e01f0}b",
    "a\u{fdd0}",
    "a\u{fffe}",
    "a\u{10ffff}",
    "a\u{e0041}b",
    "\u{3164}",
    "\u{200d}",
    " \u{3000}",
];

/// Texts in the place of the name that are invalid in JSON or in Unicode.
const BROKEN: &[&[u8]] = &[
    br"\ud800",
    br"\udc00",
    br"\ud800\ud800",
    br"\udfff\ud800",
    br"\ud83d",
    br"\x3cscript\x3e",
    br"\u{3c}",
    br"\u003",
    b"\xc0\xbcscript\xc0\xbe",
    b"\xe0\x80\xbc",
    b"\xf0\x80\x80\xbc",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xff",
    b"\xc3",
    b"a\nb",
    b"a\0b",
];

/// Returns a text as it stands in a page, outside of scripts.
fn escaped(text: &str) -> String {
    let escape = |it: char| match it {
        '&' => "&#38;".to_owned(),
        '<' => "&#60;".to_owned(),
        '>' => "&#62;".to_owned(),
        '"' => "&#34;".to_owned(),
        '\'' => "&#39;".to_owned(),
        it => it.to_string(),
    };
    text.chars().map(escape).collect()
}

/// Returns the expected page with these names, made from the page of a link with harmless names.
fn with_names(page: &str, callee_name: &str, remote_id: &str) -> String {
    let (before, rest) = page.split_once("id=\"page-data\">").unwrap();
    let (data, after) = rest.split_once("</script>").unwrap();
    let fill = |part: &str| {
        part.replace("Callee-Name", &escaped(callee_name)).replace("Remote-Id", &escaped(remote_id))
    };
    let name = json!(callee_name).to_string().replace('<', "\\u003c");
    let data = data.replace("\"Callee-Name\"", &name);
    format!("{}id=\"page-data\">{data}</script>{}", fill(before), fill(after))
}

#[tokio::test]
async fn a_page_is_the_same_whatever_the_names_but_for_the_names_as_text() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    for language in ["en", "de"] {
        let mut alice = world.browser().header("accept-language", language);
        let harmless = link(&mut bob, "Callee-Name", "Remote-Id").await;
        let harmless = alice.page(&harmless).await.text;
        assert!(harmless.matches("Callee-Name").count() >= 4, "{harmless}");
        for (callee_name, remote_id) in LEGAL.iter().zip(LEGAL.iter().rev()) {
            let page = alice.page(&link(&mut bob, callee_name, remote_id).await).await;
            assert_eq!(page.status, StatusCode::OK);
            assert_eq!(page.text, with_names(&harmless, callee_name, remote_id));
            let (_, data) = page.text.split_once("id=\"page-data\">").unwrap();
            let data: Value =
                serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
            assert_eq!(data["callee"], *callee_name);
            assert_eq!(page.text.matches("<script").count(), 2);
        }
    }
}

#[tokio::test]
async fn names_are_in_answers_as_json_and_in_no_header_and_no_log_line() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    for (callee_name, remote_id) in LEGAL.iter().zip(LEGAL.iter().rev()) {
        let path = link(&mut bob, callee_name, remote_id).await;
        let mut alice = world.browser();
        let opened = alice.get(&path).await;
        let read = opened.expect(StatusCode::OK);
        assert_eq!(
            (&read["callee_name"], &read["remote_id"]),
            (&json!(callee_name), &json!(remote_id))
        );
        let placed = alice.call(&path).await;
        placed.expect(StatusCode::OK);
        let listed = bob.get("/calls").await;
        assert_eq!(listed.expect(StatusCode::OK)["calls"][0]["remote_id"], *remote_id);
        for response in [&opened, &placed, &listed, &alice.page(&path).await] {
            expect_in_no_header(response, &[callee_name, remote_id]);
        }
        for name in [callee_name, remote_id] {
            let in_json = json!(name).to_string();
            let in_json = in_json.trim_matches('"');
            assert!(!world.log.text().contains(in_json), "{name}");
        }
        let types =
            [&opened, &placed, &listed].map(|response| response.header("content-type").to_owned());
        assert!(types.iter().all(|it| it == "application/json"), "nothing takes it for markup");
        // After this time there is room for the next call.
        world.clock.advance(Duration::from_secs(121));
    }
    assert!(world.log.lines().len() > 4 * LEGAL.len());
}

#[tokio::test]
async fn what_is_no_visible_text_is_no_name() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    for name in ["callee_name", "remote_id"] {
        for text in ILLEGAL {
            let mut wish = json!({ "remote_id": "alice", "valid_duration": 60 });
            wish[name] = json!(text);
            let refusal = bob.post("/call-url", wish).await;
            let message = refusal.expect_error(400, 107)["message"].to_string();
            assert!(message.contains(&format!("{name}: ")), "{text:?}: {message}");
            assert!(!message.contains(text), "{text:?}: {message}");
        }
        for broken in BROKEN {
            let mut body = format!("{{\"valid_duration\":60,\"{name}\":\"").into_bytes();
            body.extend_from_slice(broken);
            body.extend_from_slice(b"\"}");
            let body = Some((Some("application/json"), body));
            bob.send(Method::POST, "/call-url", body).await.expect_error(400, 106);
        }
    }
    // A pair of surrogates is one character.
    let body = br#"{"remote_id":"\ud83d\ude00","valid_duration":60}"#.to_vec();
    let made = bob.send(Method::POST, "/call-url", Some((Some("application/json"), body))).await;
    let path = format!("/calls/{}", made.expect(StatusCode::OK)["call_token"].as_str().unwrap());
    assert_eq!(bob.get(&path).await.json()["remote_id"], "😀");
}

/// The names are as phone books and address fields copy them, and as people are called.
#[tokio::test]
async fn names_are_kept_whole_without_what_came_along() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    for (written, kept) in [
        ("\u{202d}+49 89 1234567\u{202c}", "+49 89 1234567"),
        (" anna", "anna"),
        ("Bob ", "Bob"),
        ("\u{2068}Anna\u{2069}\r\n", "Anna"),
        ("Екатерина Смирнова", "Екатерина Смирнова"),
        ("👨\u{200d}👩\u{200d}👧 Family", "👨\u{200d}👩\u{200d}👧 Family"),
        (
            "Bob 🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
            "Bob 🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
        ),
        (&"😀".repeat(64), &"😀".repeat(64)),
    ] {
        let path = link(&mut bob, written, written).await;
        let opened = bob.get(&path).await.expect(StatusCode::OK);
        assert_eq!((&opened["callee_name"], &opened["remote_id"]), (&json!(kept), &json!(kept)));
        world.browser().call(&path).await.expect(StatusCode::OK);
        let listed = bob.get("/calls").await.expect(StatusCode::OK);
        assert_eq!(listed["calls"][0]["remote_id"], kept);
        // After this time there is room for the next call.
        world.clock.advance(Duration::from_secs(121));
    }
}

/// Text that a stranger sends is not repeated: neither a path nor a parameter's name, in any form.
#[tokio::test]
async fn no_error_repeats_what_was_sent() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let evil = "<script>alert(1)</script>";
    let encoded = "%3Cscript%3Ealert(1)%3C/script%3E";
    let mut responses = vec![
        bob.get(&format!("/{encoded}")).await,
        bob.page(&format!("/calls/{encoded}")).await,
        bob.page(&format!("/?{encoded}={encoded}")).await,
        bob.get(&format!("/calls?version={encoded}")).await,
        bob.post("/call-url", json!({ evil: evil, "remote_id": "a", "valid_duration": 1 })).await,
        bob.post("/registration", json!({ "simple_push_url": evil })).await,
        bob.post("/registration", json!({ "polling_id": evil })).await,
    ];
    bob.headers =
        ["accept", "accept-language", "origin", "referer", "user-agent", "idempotency-key"]
            .map(|name| (name, evil.to_owned()))
            .to_vec();
    responses.push(bob.page("/").await);
    responses.push(bob.get("/calls").await);
    responses.push(bob.post("/registration", json!({})).await);
    for response in responses {
        assert!(!response.text.contains("alert(1)"), "{response:?}");
        expect_in_no_header(&response, &["alert(1)"]);
    }
    assert!(!world.log.text().contains("alert(1)"));
}

async fn link(bob: &mut Browser, callee_name: &str, remote_id: &str) -> String {
    let wish = json!({
        "callee_name": callee_name, "remote_id": remote_id, "valid_duration": 600,
    });
    let made = bob.post("/call-url", wish).await.expect(StatusCode::OK);
    format!("/calls/{}", made["call_token"].as_str().unwrap())
}

#[track_caller]
fn expect_in_no_header(response: &Received, texts: &[&str]) {
    for value in response.headers.values() {
        let value = String::from_utf8_lossy(value.as_bytes());
        assert!(!texts.iter().any(|text| value.contains(text)), "{value}");
    }
}
