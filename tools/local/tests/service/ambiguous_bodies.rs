//! Bodies that programs could read in two ways.

use reqwest::Method;
use serde_json::json;

use crate::{
    bad_bodies::{Expected, refuse_all},
    world::World,
};

/// Programs differ in the one of two values of the same name that they use.
#[tokio::test]
async fn a_body_that_says_a_thing_twice_is_refused_at_every_depth() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let push_url = world.push.url("/a");
    let endpoint = format!(r#""endpoint":"{push_url}""#);
    let twice = |method: Method, path: &str, cases: Vec<(String, &'static str)>| {
        let cases = cases.into_iter().map(|(body, name)| (body, (400, 107, name)));
        (method, path.to_owned(), cases.collect::<Vec<(String, Expected)>>())
    };
    let of_registration = || {
        vec![
            (
                format!(r#"{{"simple_push_url":"{push_url}","simple_push_url":"{push_url}"}}"#),
                "simple_push_url: is there twice",
            ),
            (
                format!(r#"{{"push_subscription":{{{endpoint},{endpoint}}}}}"#),
                "push_subscription.endpoint: is there twice",
            ),
            (
                format!(
                    r#"{{"push_subscription":{{{endpoint},"keys":{{"auth":"a","auth":"b"}}}}}}"#
                ),
                "push_subscription.keys.auth: is there twice",
            ),
            (
                format!(r#"{{"push_subscription":{{{endpoint},"a":[[{{"b":1,"b":1}}]]}}}}"#),
                "push_subscription.a.b: is there twice",
            ),
            (
                format!(r#"{{"push_subscription":{{{endpoint},"keys":{{"<b>":1,"<b>":2}}}}}}"#),
                "push_subscription.keys.body: is there twice",
            ),
        ]
    };
    for (method, path, cases) in [
        twice(
            Method::POST,
            "/call-url",
            vec![
                (
                    r#"{"remote_id":"a","remote_id":"b","valid_duration":60}"#.into(),
                    "remote_id: is there twice",
                ),
                (
                    r#"{"remote_id":"a","valid_duration":60,"remote_id":"a"}"#.into(),
                    "remote_id: is there twice",
                ),
                (
                    r#"{"remote_id":"a","remote\u005fid":"b","valid_duration":60}"#.into(),
                    "remote_id: is there twice",
                ),
                (
                    r#"{"remote_id":"a","valid_duration":60,"callee_name":null,"callee_name":"b"}"#
                        .into(),
                    "callee_name: is there twice",
                ),
                (r#"{"x":1,"x":2}"#.into(), "x: is there twice"),
            ],
        ),
        twice(
            Method::POST,
            &path,
            vec![(
                r#"{"call_type":"audio","call_type":"audio-video"}"#.into(),
                "call_type: is there twice",
            )],
        ),
        twice(Method::POST, "/registration", of_registration()),
        twice(Method::DELETE, "/registration", of_registration()),
    ] {
        refuse_all(&mut bob, method, &path, &cases).await;
    }
    assert!(world.push.received().is_empty());
}

#[tokio::test]
async fn a_byte_order_mark_before_a_body_is_no_part_of_it() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let device = json!({ "simple_push_url": world.push.url("/bob") });
    for (method, path, body) in [
        (Method::POST, "/registration", device.clone()),
        (Method::POST, "/call-url", json!({ "remote_id": "alice", "valid_duration": 60.0 })),
        (Method::POST, &path, json!({ "call_type": "audio" })),
        (Method::DELETE, "/registration", device),
    ] {
        let body = format!("\u{feff}{body}").into_bytes();
        let response = bob.send(method, path, Some((Some("application/json"), body))).await;
        assert!(response.status.is_success(), "{path}: {response:?}");
    }
}
