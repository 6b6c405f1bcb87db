//! The cost of each step of a call: requests to DynamoDB, counted on the wire.
//!
//! `cargo test -p local --test channel counts -- --nocapture` prints the table that
//! `docs/call-channel.md` quotes.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    party::{action, place, progress, signal, terminate, until_connections},
    socket::Socket,
    world::World,
};

const DOCUMENTED: &str = "\
| a connection is opened | none |
| a connection without hello is gone | 1 UpdateItem |
| hello of the caller | 1 PutItem, 1 Query, 2 UpdateItem |
| hello of the first device | 1 PutItem, 1 Query, 2 UpdateItem |
| hello of another device | 1 PutItem, 1 Query, 2 UpdateItem |
| accept, and the other device is gone | 1 DeleteItem, 2 GetItem, 3 UpdateItem |
| a signal | 1 GetItem, 1 UpdateItem |
| a ping | 1 UpdateItem |
| media-up of one side | 1 GetItem, 2 UpdateItem |
| media-up of the other | 1 GetItem, 2 UpdateItem |
| three deadlines that are past | 3 GetItem |
| hanging up, and both are gone | 2 DeleteItem, 3 GetItem, 4 UpdateItem |";

#[tokio::test]
async fn each_step_makes_as_many_requests_as_documented() {
    let world = World::new().await;
    let call = place(&world).await;
    let mut table = Table { world: &world, rows: Vec::new() };

    world.wire.take();
    let socket = Socket::open(&call.url).await;
    until_connections(&world, 1).await;
    table.note("a connection is opened");
    socket.close().await;
    until_connections(&world, 0).await;
    table.note("a connection without hello is gone");

    let mut alice = call.caller().await;
    table.note("hello of the caller");
    let mut phone = call.device().await;
    assert_eq!(alice.next().await, progress("alerting"));
    table.note("hello of the first device");
    let mut laptop = call.device().await;
    table.note("hello of another device");
    phone.send(&action("accept")).await;
    assert_eq!(phone.next().await, progress("connecting"));
    assert_eq!(alice.next().await, progress("connecting"));
    let _ = laptop.next().await;
    let _ = laptop.next().await;
    until_connections(&world, 2).await;
    table.note("accept, and the other device is gone");
    alice.send(&signal(json!("offer"))).await;
    phone.message().await;
    table.note("a signal");
    alice.send(&json!({ "type": "ping" })).await;
    alice.message().await;
    table.note("a ping");
    alice.send(&action("media-up")).await;
    for socket in [&mut alice, &mut phone] {
        assert_eq!(socket.next().await, progress("half-connected"));
    }
    table.note("media-up of one side");
    phone.send(&action("media-up")).await;
    for socket in [&mut phone, &mut alice] {
        assert_eq!(socket.next().await, progress("connected"));
    }
    table.note("media-up of the other");
    world.after(60);
    world.server.delay_queue().deliver_all().await;
    table.note("three deadlines that are past");
    alice.send(&terminate("closed")).await;
    let _ = (alice.next().await, alice.next().await, phone.next().await, phone.next().await);
    until_connections(&world, 0).await;
    table.note("hanging up, and both are gone");
    table.print();
    assert_eq!(table.text(), DOCUMENTED);
    let document = include_str!("../../../../docs/call-channel.md");
    assert!(document.contains(DOCUMENTED), "docs/call-channel.md says something else");
}

struct Table<'a> {
    world: &'a World,
    rows: Vec<(String, Vec<String>)>,
}

impl Table<'_> {
    /// Adds a row with the requests that have come over the wire since the last one.
    fn note(&mut self, step: &str) {
        self.rows.push((step.to_owned(), self.world.wire.take()));
    }

    fn text(&self) -> String {
        let rows: Vec<_> = self.rows.iter().map(|(step, counts)| row(step, counts)).collect();
        rows.join("\n")
    }

    fn print(&self) {
        println!("| step | DynamoDB requests |\n|---|---|\n{}", self.text());
    }
}

fn row(step: &str, requests: &[String]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for request in requests {
        *counts.entry(request).or_default() += 1;
    }
    let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let counts = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
    format!("| {step} | {counts} |")
}
