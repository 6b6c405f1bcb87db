//! Tests that a registered callee is reachable until the registration ends, in spite of other
//! registrations, and although the table deletes all items that it may.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{Browser, World};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// A second tab, opened before notifications were allowed, registers itself as one that asks.
#[tokio::test]
async fn a_push_url_rings_long_after_a_page_that_asked_is_closed() {
    let world = World::new().await;
    let mut bob = world.registered("/phone").await;
    world.after(60);
    bob.post("/registration", asking_page()).await.expect(StatusCode::OK);
    for seconds in [2 * HOUR, DAY, 30 * DAY - 1] {
        world.after_and_swept(seconds);
        expect_ring(&world, &mut bob, "/phone").await;
    }

    // This link is made at the last moment before Bob's session ends without a request in between.
    world.after_and_swept(60 * DAY - 2);
    let (path, _) = bob.link(30 * DAY).await;
    world.after_and_swept(90 * DAY - 3);
    let rung = rings(&world, "/phone");
    world.browser().call(&path).await.expect(StatusCode::OK);
    assert_eq!(rings(&world, "/phone"), rung + 1);
}

#[tokio::test]
async fn in_every_order_of_registrations_and_removals_a_push_url_rings_until_its_end() {
    let world = World::new().await;
    let mut bobs = Vec::new();
    for (number, order) in orders(&["phone", "page", "laptop", "no laptop"]).iter().enumerate() {
        let [phone, laptop] = ["phone", "laptop"].map(|device| format!("/{number}/{device}"));
        let mut bob = world.browser();
        for step in order {
            world.clock.advance(Duration::from_secs(1));
            let url = |path| json!({ "simple_push_url": world.push.url(path) });
            match *step {
                "phone" => bob.post("/registration", url(&phone)).await,
                "laptop" => bob.post("/registration", url(&laptop)).await,
                "page" => bob.post("/registration", asking_page()).await,
                // Without a registration there is no session to remove it in.
                _ => bob.delete_with("/registration", url(&laptop)).await,
            };
        }
        bobs.push((bob, phone, order.clone()));
    }
    world.after_and_swept(DAY);
    for (bob, phone, order) in &mut bobs {
        println!("{order:?}");
        expect_ring(&world, bob, phone).await;
    }
}

/// The page of a browser without push renews its registration every minute.
#[tokio::test]
async fn a_page_that_asks_is_reachable_as_long_as_it_is_open_and_no_longer() {
    let world = World::new().await;
    let mut bob = world.browser();
    let last = 180 * 60;
    for seconds in (0..=last).step_by(60) {
        world.after_and_swept(seconds);
        bob.post("/registration", asking_page()).await.expect(StatusCode::OK);
    }
    let (path, _) = bob.link(600).await;
    world.just_before(last + 130);
    world.browser().call(&path).await.expect(StatusCode::OK);
    world.after(last + 130);
    world.browser().call(&path).await.expect_error(409, 122);
}

async fn expect_ring(world: &World, bob: &mut Browser, device: &str) {
    let (path, _) = bob.link(600).await;
    let rung = rings(world, device);
    world.browser().call(&path).await.expect(StatusCode::OK);
    assert_eq!(rings(world, device), rung + 1, "{device}");
}

fn rings(world: &World, device: &str) -> usize {
    world.push.received().iter().filter(|ping| ping.path == device).count()
}

fn asking_page() -> Value {
    json!({ "polling_id": "q83vEjRWeJCrze8SNFZ4kA" })
}

fn orders<'a>(steps: &[&'a str]) -> Vec<Vec<&'a str>> {
    if steps.is_empty() {
        return vec![Vec::new()];
    }
    let begin = |first: usize| {
        let rest: Vec<_> = [&steps[..first], &steps[first + 1..]].concat();
        orders(&rest).into_iter().map(move |order| [vec![steps[first]], order].concat())
    };
    (0..steps.len()).flat_map(begin).collect()
}
