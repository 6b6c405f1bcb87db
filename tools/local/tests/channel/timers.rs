//! The waits that end a call that hangs. Tests move the clock and make the queue deliver.

use std::time::{Duration, Instant};

use local::{LocalServer, Options, environment::TABLE};
use loop_lambda::{LogFormat, Logger};
use loop_testkit::{PushReceiver, TestDynamoDb};
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    party::{action, connect, expect_end, expect_seen, over, place, progress, until_connections},
    socket::Socket,
    world::{Browser, World},
};

#[tokio::test]
async fn nobody_comes() {
    let world = World::new().await;
    let call = place(&world).await;
    let mut alice = call.caller().await;
    // Her hello is over when the next message is handled: then its deadline is in the queue.
    expect_seen(&mut alice, &[]).await;
    let reminders = world.server.delay_queue().waiting();
    assert_eq!(reminders.len(), 1);
    world.after(10);
    assert_eq!(world.server.delay_queue().deliver_all().await, 1);
    expect_end(&mut alice, &over("timeout")).await;
    until_connections(&world, 0).await;
    call.expect_over("timeout").await;
}

#[tokio::test]
async fn nobody_answers() {
    let world = World::new().await;
    let mut call = place(&world).await;
    let (mut alice, mut bob) = call.both().await;
    let mut laptop = call.device().await;
    world.after(30);
    world.server.delay_queue().deliver_all().await;
    for socket in [&mut alice, &mut bob, &mut laptop] {
        expect_end(socket, &over("timeout")).await;
    }
    call.expect_over("timeout").await;
    let listed = call.bob.get("/calls").await.expect(StatusCode::OK);
    assert_eq!(listed, json!({ "calls": [] }));
}

#[tokio::test]
async fn they_do_not_connect() {
    for has_half_media in [false, true] {
        let world = World::new().await;
        let (mut alice, mut bob) = place(&world).await.connecting().await;
        if has_half_media {
            bob.send(&action("media-up")).await;
            expect_seen(&mut bob, &[progress("half-connected")]).await;
            expect_seen(&mut alice, &[progress("half-connected")]).await;
        }
        world.after(10);
        world.server.delay_queue().deliver_all().await;
        expect_end(&mut alice, &over("timeout")).await;
        expect_end(&mut bob, &over("timeout")).await;
    }
}

#[tokio::test]
async fn a_queue_that_delivers_early_late_and_twice_changes_nothing() {
    let world = World::new().await;
    let call = place(&world).await;
    let queue = world.server.delay_queue();
    let (mut alice, mut bob) = call.both().await;
    world.just_before(30);
    let reminders = queue.waiting();
    queue.deliver_all().await;
    for reminder in &reminders {
        queue.deliver_again(reminder).await;
    }
    expect_seen(&mut alice, &[]).await;
    expect_seen(&mut bob, &[]).await;

    world.after(75);
    queue.deliver_all().await;
    expect_end(&mut alice, &over("timeout")).await;
    expect_end(&mut bob, &over("timeout")).await;
    until_connections(&world, 0).await;
    for reminder in &reminders {
        queue.deliver_again(reminder).await;
    }
    assert_eq!(queue.deliver_all().await, 0);
    call.expect_over("timeout").await;
}

#[tokio::test]
async fn reminders_of_waits_that_are_past_change_nothing() {
    let world = World::new().await;
    let (mut alice, mut bob) = place(&world).await.connecting().await;
    connect(&mut alice, &mut bob).await;
    let queue = world.server.delay_queue();
    let reminders = queue.waiting();
    assert_eq!(reminders.len(), 3, "one for each wait: {reminders:?}");
    world.after(60);
    queue.deliver_all().await;
    expect_seen(&mut alice, &[]).await;
    expect_seen(&mut bob, &[]).await;
}

#[tokio::test]
async fn whoever_acts_after_the_deadline_hears_of_it_without_any_reminder() {
    let world = World::new().await;
    let (mut alice, mut bob) = place(&world).await.both().await;
    world.after(30);
    bob.send(&action("accept")).await;
    expect_end(&mut bob, &over("timeout")).await;
    expect_end(&mut alice, &over("timeout")).await;
}

#[tokio::test]
async fn waits_are_as_long_as_configured() {
    let world = World::with(&[
        ("LOOP_SUPERVISORY_SECONDS", "7"),
        ("LOOP_RINGING_SECONDS", "45"),
        ("LOOP_CONNECTION_SECONDS", "3"),
        ("LOOP_ABSENCE_SECONDS", "20"),
    ])
    .await;
    let queue = world.server.delay_queue();
    let (mut alice, mut bob) = place(&world).await.both().await;
    world.just_before(45);
    queue.deliver_all().await;
    expect_seen(&mut alice, &[]).await;
    bob.send(&action("accept")).await;
    expect_seen(&mut bob, &[progress("connecting")]).await;
    world.after(47);
    queue.deliver_all().await;
    expect_seen(&mut bob, &[]).await;
    world.after(48);
    queue.deliver_all().await;
    expect_end(&mut bob, &over("timeout")).await;
    assert_eq!(alice.next().await, progress("connecting"));
    expect_end(&mut alice, &over("timeout")).await;
}

/// This test uses the clock of the system and the timers of the queue.
#[tokio::test]
async fn in_real_time_nobody_has_to_do_anything() {
    let wait = ("LOOP_SUPERVISORY_SECONDS".to_owned(), "1".to_owned());
    let logger = Logger::new(LogFormat::Text, std::io::sink());
    let database = TestDynamoDb::start().await;
    database.create_table(TABLE);
    let server = LocalServer::start(Options {
        database_url: Some(database.endpoint_url()),
        variables: vec![wait],
        ..Options::new(logger)
    });
    let server = server.await.unwrap();
    let push = PushReceiver::start().await;
    let mut bob = Browser::new(&server.url());
    let device = json!({ "simple_push_url": push.url("/bob") });
    bob.post("/registration", device).await.expect(StatusCode::OK);
    let (path, _) = bob.link(60).await;
    let placed = Browser::new(&server.url()).call(&path).await.expect(StatusCode::OK);
    let mut alice = Socket::open(placed["server_url"].as_str().unwrap()).await;
    let started = Instant::now();
    alice.send(&json!({ "type": "hello", "token": placed["session_token"] })).await;
    assert_eq!(alice.message().await["state"], "init");
    expect_end(&mut alice, &over("timeout")).await;
    let waited = started.elapsed();
    assert!((Duration::from_millis(900)..Duration::from_secs(10)).contains(&waited), "{waited:?}");
    server.stop().await;
}
