//! The responses that browsers get compressed.

use reqwest::{Method, StatusCode};

use crate::world::{Browser, Received, World};

/// The encodings that browsers accept, as they list them.
const BROWSER: &str = "gzip, deflate, br, zstd";

/// Requests a page in these encodings.
async fn asked(browser: &mut Browser, method: Method, path: &str, encodings: &str) -> Received {
    let headers = browser.headers.clone();
    browser.headers.push(("accept", "text/html".to_owned()));
    if !encodings.is_empty() {
        browser.headers.push(("accept-encoding", encodings.to_owned()));
    }
    let response = browser.send(method, path, None).await;
    browser.headers = headers;
    response
}

/// The sizes are a budget, which shows when compression no longer has its effect.
#[tokio::test]
async fn a_browser_reads_the_same_page_in_a_third_of_the_bytes() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (link, _) = bob.link(600).await;
    for (path, max_bytes) in [
        (link.as_str(), 13_000),
        ("/calls/AAAA", 3_000),
        ("/", 17_300),
        ("/service-worker.js", 1_700),
    ] {
        for language in ["en", "de"] {
            let mut browser = world.browser().header("accept-language", language);
            let plain = asked(&mut browser, Method::GET, path, "").await;
            let compressed = asked(&mut browser, Method::GET, path, BROWSER).await;
            assert_eq!(compressed.status, plain.status);
            assert_eq!(compressed.text, plain.text);
            assert_eq!(compressed.header("content-encoding"), "gzip");
            assert_eq!(plain.header("content-encoding"), "");
            for name in ["content-type", "content-language", "content-security-policy", "vary"] {
                assert_eq!(compressed.header(name), plain.header(name), "{path}: {name}");
            }
            let bytes: usize = compressed.header("content-length").parse().unwrap();
            assert!(bytes <= max_bytes, "{path} in {language}: {bytes} bytes");
            assert!(bytes * 2 < plain.text.len(), "{path} in {language}: {bytes} bytes");
            println!("{path} in {language}: {bytes} bytes instead of {}", plain.text.len());
        }
    }
}

#[tokio::test]
async fn who_does_not_ask_for_gzip_gets_none() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (link, _) = bob.link(600).await;
    for path in [&link, "/calls/AAAA", "/", "/service-worker.js"] {
        for (encoding, expected) in
            [("", ""), ("gzip;q=0", ""), ("identity", ""), ("br", ""), ("*", "gzip")]
        {
            let response = asked(&mut bob, Method::GET, path, encoding).await;
            assert_eq!(response.header("content-encoding"), expected, "{path} {encoding}");
            assert!(response.vary().contains("Accept-Encoding"), "{path} {encoding}");
            assert!(!response.text.is_empty());
        }
    }
}

#[tokio::test]
async fn json_is_as_it_is() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (link, _) = bob.link(600).await;
    for path in [&link, "/calls/AAAA", "/", "/calls", "/nothing", "/__version__"] {
        bob.headers = vec![("accept-encoding", BROWSER.to_owned())];
        let response = bob.get(path).await;
        assert_eq!(response.header("content-encoding"), "", "{path}");
        assert!(!response.vary().contains("Accept-Encoding"), "{path}");
        response.json();
    }
}

#[tokio::test]
async fn head_is_answered_as_get_without_its_body() {
    let world = World::new().await;
    let mut browser = world.browser();
    for encoding in ["", BROWSER] {
        let get = asked(&mut browser, Method::GET, "/", encoding).await;
        let head = asked(&mut browser, Method::HEAD, "/", encoding).await;
        assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
        for name in ["content-type", "content-encoding", "content-length"] {
            assert_eq!(head.header(name), get.header(name), "{encoding} {name}");
        }
    }
}
