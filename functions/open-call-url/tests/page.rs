//! The caller's page, as the function returns it.

#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

use std::time::Duration;

use lambda_check::{header_of, text_of};
use lambda_http::{
    Body, RequestExt,
    http::{StatusCode, header},
};
use loop_core::{
    CallToken, CallUrlClaims, CalleeName, Clock, KeyRing, RemoteId, Settings, UrlId, UserId,
};
use loop_lambda::{HttpFunction, Request, Response};
use loop_pages_build::check::expect_sound;
use open_call_url::OpenCallUrl;
use serde_json::Value;

const KEYS: &str = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const CHANNEL: &str = "wss://channel.example/prod";
/// The lifetime of a link.
const LIFETIME: Duration = Duration::from_mins(1);
const EVIL: &str = "</script><img src=x>\"'";

async fn page(channel: &str, token: &str, language: &str) -> Response {
    let mut settings = Settings::new(|name| match name {
        "LOOP_TOKEN_KEYS" => Some(KEYS.to_owned()),
        "LOOP_CHANNEL_URL" => Some(channel.to_owned()),
        _ => None,
    });
    let function = OpenCallUrl::from_settings(&mut settings, None, &Clock::system());
    let function = settings.finish(function).unwrap();
    let mut request = Request::new(Body::Empty);
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, "text/html".parse().unwrap());
    headers.insert(header::ACCEPT_LANGUAGE, language.parse().unwrap());
    let parameters = [("token".to_owned(), vec![token.to_owned()])].into();
    let request = request.with_path_parameters::<std::collections::HashMap<_, _>>(parameters);
    function.respond(&request).await.unwrap()
}

fn token(name: Option<&str>, remote_id: &str) -> String {
    let ring: KeyRing = KEYS.parse().unwrap();
    let claims = CallUrlClaims {
        expires_at: Clock::system().now().seconds().after(LIFETIME),
        url_id: UrlId::from_bytes([1; 8]),
        callee: UserId::from_bytes([2; 16]),
        remote_id: RemoteId::try_from(remote_id.to_owned()).unwrap(),
        callee_name: name.map(|name| CalleeName::try_from(name.to_owned()).unwrap()),
    };
    CallToken::sign(&ring.keys(), &claims).as_str().to_owned()
}

#[tokio::test]
async fn every_page_is_sound_in_every_language() {
    for language in ["en", "de"] {
        for channel in ["", CHANNEL] {
            for name in [Some("Bob"), Some(EVIL), None] {
                let page = page(channel, &token(name, EVIL), language).await;
                assert_eq!(page.status(), StatusCode::OK);
                expect_page_is_sound(&page);
            }
            let problem = page(channel, "AAAA", language).await;
            assert_eq!(problem.status(), StatusCode::NOT_FOUND);
            expect_page_is_sound(&problem);
            assert!(!text_of(&problem).contains("<script"));
        }
    }
}

#[tokio::test]
async fn the_script_learns_what_the_link_says() {
    let start = Clock::system().now().seconds();
    for (name, callee) in
        [(Some("Bob"), "Bob"), (Some(EVIL), EVIL), (None, "the person who gave you this link")]
    {
        for (channel, has_channel) in [(CHANNEL, true), ("", false)] {
            let page = page(channel, &token(name, "alice"), "en").await;
            let (_, data) = text_of(&page).split_once("id=\"page-data\">").unwrap();
            let data: Value =
                serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
            assert_eq!(data["callee"], callee);
            assert_eq!(data["has_channel"], has_channel);
            let (first, last) = (start, Clock::system().now().seconds());
            let possible = first.after(LIFETIME).get()..=last.after(LIFETIME).get();
            assert!(possible.contains(&data["expires_at"].as_u64().unwrap()), "{data}");
        }
    }
}

#[tokio::test]
async fn the_visitor_s_language_is_spoken() {
    let token = token(Some("Bob"), "alice@example.com");
    let english = page(CHANNEL, &token, "fr").await;
    assert!(text_of(&english).contains("<html lang=\"en\">"));
    assert!(text_of(&english).contains("<h1>Do you want to call <bdi>Bob</bdi>?</h1>"));
    assert!(text_of(&english).contains("<title>Call Bob?</title>"));
    let german = page(CHANNEL, &token, "de-CH, en;q=0.8").await;
    assert!(text_of(&german).contains("<html lang=\"de\">"));
    assert!(text_of(&german).contains("<h1>Möchten Sie <bdi>Bob</bdi> anrufen?</h1>"));
    assert_eq!(german.headers()[header::CONTENT_LANGUAGE], "de");
    let vary: Vec<_> = german.headers().get_all(header::VARY).iter().collect();
    assert_eq!(vary, ["Accept-Encoding", "Accept, Accept-Language"]);
}

#[tokio::test]
async fn names_are_text_and_never_markup() {
    let page = page(CHANNEL, &token(Some(EVIL), EVIL), "en").await;
    let html = text_of(&page);
    assert!(!html.contains("<img"));
    assert_eq!(html.matches("</script>").count(), 2, "the data's and the script's own");
}

#[tokio::test]
async fn only_a_page_with_a_channel_may_open_it() {
    let token = token(None, "alice");
    let policy = |page: &Response| {
        page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
    };
    let with = policy(&page(CHANNEL, &token, "en").await);
    assert!(with.contains("connect-src 'self' wss://channel.example;"), "{with}");
    assert!(with.ends_with("require-trusted-types-for 'script'; trusted-types 'none'"), "{with}");
    let without = policy(&page("", &token, "en").await);
    assert!(without.contains("connect-src 'self';"), "{without}");
}

fn expect_page_is_sound(page: &Response) {
    expect_sound(text_of(page), header_of(page, "content-security-policy"));
}
