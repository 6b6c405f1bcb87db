//! The callee's page and its service worker, as the function returns them.

#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

use lambda_check::{header_of, text_of};
use lambda_http::{
    Body, RequestExt,
    http::{StatusCode, header},
};
use loop_core::{Clock, Settings};
use loop_lambda::{HttpFunction, Request, Response, Site};
use loop_pages_build::check::{PAGE_MAX_BYTES, expect_sound};
use service::Service;

/// The key in the example of RFC 8291.
const VAPID_PUBLIC_KEY: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

async fn response(path: &str, accept: &str, language: &str) -> Response {
    let mut settings = Settings::new(|name| match name {
        "LOOP_CHANNEL_URL" => Some("wss://channel.example/prod".to_owned()),
        "LOOP_VAPID_PUBLIC_KEY" => Some(VAPID_PUBLIC_KEY.to_owned()),
        _ => None,
    });
    let site = Site::from_settings(&mut settings);
    let function = Service::from_settings(&mut settings, site.as_ref(), &Clock::system());
    let function = settings.finish(function).unwrap();
    let mut request = Request::new(Body::Empty);
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, accept.parse().unwrap());
    headers.insert(header::ACCEPT_LANGUAGE, language.parse().unwrap());
    function.respond(&request.with_raw_http_path(path)).await.unwrap()
}

#[tokio::test]
async fn the_page_is_sound_in_every_language() {
    for (language, heading) in [("en", "Get calls"), ("de", "Anrufe in diesem Browser annehmen")] {
        let page = response("/", "text/html", language).await;
        assert_eq!(page.status(), StatusCode::OK);
        expect_page_is_sound(&page);
        let html = text_of(&page);
        assert!(html.contains(&format!("<html lang=\"{language}\">")) && html.contains(heading));
        assert!(html.contains(&format!(r#""vapid_public_key":"{VAPID_PUBLIC_KEY}""#)));
        let worker = response("/service-worker.js", "*/*", language).await;
        assert!(html.len() + text_of(&worker).len() < PAGE_MAX_BYTES);
    }
}

#[tokio::test]
async fn programs_get_json_and_people_and_previews_a_page() {
    for (accept, expected) in [
        ("*/*", "text/html; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        (
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html; charset=utf-8",
        ),
    ] {
        let response = response("/", accept, "en").await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], expected);
        let mut vary = response.headers().get_all(header::VARY).iter();
        assert!(vary.any(|value| value == "Accept, Accept-Language"));
    }
}

#[tokio::test]
async fn the_page_may_register_the_worker_and_nothing_else() {
    let page = response("/", "text/html", "en").await;
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    for part in
        ["worker-src 'self';", "trusted-types loop", "connect-src 'self' wss://channel.example;"]
    {
        assert!(policy.contains(part), "{policy}");
    }
}

#[tokio::test]
async fn the_worker_has_its_texts_and_a_policy_of_its_own() {
    for (language, text) in [("en", "Missed call"), ("de", "Verpasster Anruf")] {
        let worker = response("/service-worker.js", "*/*", language).await;
        assert_eq!(worker.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(
            worker.headers()[header::CONTENT_SECURITY_POLICY],
            "default-src 'none'; connect-src 'self' wss://channel.example; frame-ancestors 'none'"
        );
        let script = text_of(&worker);
        assert!(script.contains(text), "{language}");
        let data = script.split_once("const texts = ").unwrap().1.split_once(";\n").unwrap().0;
        let texts: serde_json::Value = serde_json::from_str(data).unwrap();
        for used in script.split("texts.").skip(1) {
            let name =
                used.split(|it: char| !it.is_ascii_alphanumeric() && it != '_').next().unwrap();
            assert!(texts[name].is_string(), "{name}");
        }
    }
}

fn expect_page_is_sound(page: &Response) {
    expect_sound(text_of(page), header_of(page, "content-security-policy"));
}
