//! The pages for people who have opened an address in a browser when something is wrong with it or
//! with the service: a page in their language that says it in plain words.

use std::collections::BTreeSet;

use loop_testkit::Fault;
use reqwest::{Method, StatusCode};

use crate::world::{Browser, Received, World};

/// The `Accept` headers of browsers when a person opens an address.
const PEOPLE: &[&str] = &[
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8,\
     application/signed-exchange;v=b3;q=0.7",
    "text/html, application/xhtml+xml, */*",
    "text/html",
    "text/html,*/*;q=0.1",
];

/// The `Accept` headers of programs.
const PROGRAMS: &[&str] = &[
    "application/json",
    "application/json, text/plain, */*",
    "application/json, text/html",
    "*/*",
    "",
    "image/avif,image/webp,*/*;q=0.8",
];

/// Returns addresses with something wrong, each with the status that programs get too.
fn wrong_addresses(token: &str) -> Vec<(String, u16)> {
    // Other text that is pasted with a link leads to the link.
    let of_no_link = ["/", "/call", "//", "/%20/"];
    let mut addresses: Vec<_> = of_no_link.map(|rest| (format!("/calls/AAAA{rest}"), 404)).into();
    addresses.extend(
        [
            "/nothing",
            "//",
            "/Calls",
            "/calls/a/b",
            "/.env",
            "/%00",
            "/calls%20",
            "/%E2%80%AE",
            "/é",
        ]
        .map(|path| (path.to_owned(), 404)),
    );
    addresses.extend(["/registration", "/call-url"].map(|path| (path.to_owned(), 405)));
    addresses.push((format!("/call-url/{token}"), 405));
    addresses.extend(["/calls", "/calls/", "/calls?version=1"].map(|it| (it.to_owned(), 401)));
    addresses
}

async fn opened(browser: &mut Browser, path: &str, accept: &str) -> Received {
    let headers = browser.headers.clone();
    browser.headers.push(("accept", accept.to_owned()));
    let response = browser.send(Method::GET, path, None).await;
    browser.headers = headers;
    response
}

#[tokio::test]
async fn a_person_gets_a_page_whatever_is_wrong_with_the_address() {
    let world = World::new().await;
    let (link, _) = world.registered("/bob").await.link(600).await;
    let token = link.strip_prefix("/calls/").unwrap();
    let mut alice = world.browser();
    for (path, status) in wrong_addresses(token) {
        for accept in PEOPLE {
            let page = opened(&mut alice, &path, accept).await;
            // The response of this path is JSON, which this `Accept` excludes.
            let status = if (status, *accept) == (401, "text/html") { 406 } else { status };
            assert_eq!(page.status.as_u16(), status, "{path}");
            expect_page_for_people(&page);
        }
    }
}

#[tokio::test]
async fn a_program_gets_the_error_of_the_api_with_the_same_status() {
    let world = World::new().await;
    let (link, _) = world.registered("/bob").await.link(600).await;
    let token = link.strip_prefix("/calls/").unwrap();
    let mut program = world.browser();
    for (path, status) in wrong_addresses(token) {
        let errno = if status == 401 { 110 } else { status };
        for accept in PROGRAMS {
            let response = opened(&mut program, &path, accept).await;
            response.expect_error(status, errno);
            assert!(response.vary().is_superset(&BTreeSet::from(["Accept", "Accept-Language"])));
        }
    }
    // Requests that change something get JSON for any `Accept`: no person sees their responses.
    for accept in PEOPLE.iter().filter(|accept| accept.contains("*/*")) {
        let mut program = world.browser().header("accept", accept);
        program.call("/calls/AAAA").await.expect_error(404, 105);
        program.delete("/call-url/AAAA").await.expect_error(401, 110);
        program.send(Method::PUT, "/calls", None).await.expect_error(405, 405);
    }
}

#[tokio::test]
async fn a_page_has_what_the_error_brings_with_it_for_programs() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let page = opened(&mut bob, "/registration", PEOPLE[0]).await;
    assert_eq!((page.status.as_u16(), page.header("allow")), (405, "POST, DELETE"));
    let page = opened(&mut bob, "/calls?version=x", PEOPLE[0]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    expect_page_for_people(&page);
    let page = opened(&mut bob, "/calls", "text/html").await;
    assert_eq!(page.status, StatusCode::NOT_ACCEPTABLE);
    expect_page_for_people(&page);

    world.wire.set_fault(Some(Fault::ServerError));
    for path in ["/calls", "/calls/", "/__heartbeat__"] {
        let json = bob.get(path).await.expect_error(503, 201);
        let page = opened(&mut bob, path, PEOPLE[0]).await;
        assert_eq!((page.status.as_u16(), page.header("retry-after")), (503, "5"));
        assert!(page.text.contains("Try again in a moment."), "{}", page.text);
        // The other request has another id, which is as long.
        let length = json["request_id"].as_str().unwrap().len();
        let (_, name) = page.text.split_once("<code>").unwrap();
        assert_eq!(name.split_once("</code>").unwrap().0.len(), length);
        expect_page_for_people(&page);
    }
}

#[tokio::test]
async fn a_person_is_spoken_to_in_his_language() {
    let world = World::new().await;
    for (language, code, there_is_none) in [
        ("de-AT, en;q=0.5", "de", "<h1>Hier ist keine Seite</h1>"),
        ("fr", "en", "<h1>There is no page here</h1>"),
    ] {
        let mut browser = world.browser().header("accept-language", language);
        let page = opened(&mut browser, "/nothing", PEOPLE[0]).await;
        assert_eq!(page.header("content-language"), code);
        assert!(page.text.contains(&format!("<html lang=\"{code}\">")), "{}", page.text);
        assert!(page.text.contains(there_is_none), "{}", page.text);
        expect_page_for_people(&page);
        // A person without calls is told how to begin.
        let page = opened(&mut browser, "/calls", PEOPLE[0]).await;
        assert!(page.text.contains("<a href=\"/\">"), "{}", page.text);
    }
}

#[track_caller]
fn expect_page_for_people(page: &Received) {
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{page:?}");
    assert_eq!(page.header("cache-control"), "no-store, no-transform");
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(page.vary(), BTreeSet::from(["Accept", "Accept-Language"]));
    let policy = page.header("content-security-policy");
    for part in ["default-src 'none'", "style-src 'sha256-", "frame-ancestors 'none'"] {
        assert!(policy.contains(part) && !policy.contains("unsafe"), "{policy}");
    }
    assert!(page.text.starts_with("<!doctype html>") && page.text.contains("<h1>"));
    assert!(!page.text.contains("<script"), "{}", page.text);
    // The page must contain no words of the API, and nothing that was sent.
    for word in ["errno", "token", "session", "JSON", "Accept", "method", "resource", "API", "env"]
    {
        assert!(!page.text.contains(word), "{word}: {}", page.text);
    }
}
