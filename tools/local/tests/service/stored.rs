//! Items as another release, an operator or the passage of time has left them: in small pages, with
//! attributes missing, changed and added, and expired long ago.

use std::collections::BTreeSet;

use local::environment::TABLE;
use loop_core::limits::{PENDING_CALLS_PER_CALLEE, RINGING_CALLS_PER_LINK};
use loop_testkit::Fault;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{Browser, Received, World};

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

/// A user with everything that can be stored: devices, a revocation, a call.
struct Somebody {
    bob: Browser,
    path: String,
    token: String,
    /// All items of the user, in DynamoDB's JSON.
    items: Vec<Value>,
}

impl Somebody {
    /// Creates the user. `seen` has the partition keys of the users before.
    async fn new(world: &World, seen: &mut BTreeSet<String>) -> Self {
        let mut bob = world.registered("/phone").await;
        let laptop = json!({ "simple_push_url": world.push.url("/laptop") });
        bob.post("/registration", laptop).await.expect(StatusCode::OK);
        let (_, revoked) = bob.link(600).await;
        let revoked = format!("/call-url/{}", revoked["call_token"].as_str().unwrap());
        bob.delete(&revoked).await.expect(StatusCode::NO_CONTENT);
        let (path, made) = bob.link(600).await;
        let token = made["call_token"].as_str().unwrap().to_owned();
        repeatable(world).call(&path).await.expect(StatusCode::OK);
        let items = world.database.items(TABLE).into_iter();
        let mut items: Vec<_> = items.filter(|item| !seen.contains(owner(item))).collect();
        items.sort_by_key(|item| item["sk"]["S"].to_string().split('#').next().map(str::to_owned));
        seen.insert(owner(&items[0]).to_owned());
        Self { bob, path, token, items }
    }

    /// Asks every endpoint that reads or changes stored items, and returns the responses.
    async fn ask(&mut self, world: &World) -> Vec<Received> {
        let phone = json!({ "simple_push_url": world.push.url("/phone") });
        let tablet = json!({ "simple_push_url": world.push.url("/tablet") });
        vec![
            self.bob.get("/calls").await,
            repeatable(world).call(&self.path).await,
            world.browser().call(&self.path).await,
            self.bob.post("/registration", tablet).await,
            self.bob.delete_with("/registration", phone).await,
            self.bob.delete(&format!("/call-url/{}", self.token)).await,
        ]
    }
}

#[tokio::test]
async fn every_endpoint_bears_every_attribute_that_is_missing_or_of_another_type() {
    let pattern = Somebody::new(&World::new().await, &mut BTreeSet::new()).await;
    let mut count = 0;
    for (number, item) in pattern.items.iter().enumerate() {
        for nth in 0..places(item).len() {
            let world = World::new().await;
            let mut seen = BTreeSet::new();
            let changes = [Value::Null, json!({ "BOOL": true }), json!({ "S": "of the future" })];
            for changed in changes {
                let mut bob = Somebody::new(&world, &mut seen).await;
                let item = &mut bob.items[number];
                // Ids differ from one user to the next, but their number does not.
                let place = places(item).swap_remove(nth);
                let what = format!("{} {place} {changed}", item["sk"]);
                change(item, &place, changed);
                world.database.put_item(TABLE, item.clone());
                for response in bob.ask(&world).await {
                    expect_no_fault_of_ours(&response, &what);
                }
                count += 1;
            }
        }
    }
    println!("{count} changes, six endpoints each");
    assert!(count >= 3 * 30, "{count}");
}

#[tokio::test]
async fn what_a_newer_release_adds_is_left_alone() {
    let world = World::new().await;
    let mut bob = Somebody::new(&world, &mut BTreeSet::new()).await;
    for item in &mut bob.items {
        item["format"] = json!({ "N": "2" });
        item["of_the_future"] = json!({ "M": { "a": { "L": [{ "NULL": true }] } } });
        world.database.put_item(TABLE, item.clone());
    }
    world.database.put_item(
        TABLE,
        json!({ "pk": bob.items[0]["pk"], "sk": { "S": "a kind of the future" }, "x": { "N": "1" } }),
    );
    let before = world.push.received().len();
    let statuses: Vec<_> = bob.ask(&world).await.into_iter().map(|it| it.status.as_u16()).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 204, 204]);
    assert_eq!(world.push.received().len() - before, 2, "both devices, for the second call");
    let newer = world.database.items(TABLE).into_iter().filter(|it| it["format"]["N"] == "2");
    assert_eq!(newer.count(), bob.items.len(), "what is not known stays");
}

#[tokio::test]
async fn what_has_expired_does_not_count_though_it_is_still_stored() {
    let world = World::new().await;
    let mut bob = world.browser();
    let page = json!({ "polling_id": "q83vEjRWeJCrze8SNFZ4kA" });
    bob.post("/registration", page.clone()).await.expect(StatusCode::OK);
    let (path, _) = bob.link(600).await;
    for _ in 0..RINGING_CALLS_PER_LINK {
        world.browser().call(&path).await.expect(StatusCode::OK);
    }
    world.browser().call(&path).await.expect_error(429, 117);
    world.after(130);
    let stored = world.database.items(TABLE).len();
    assert_eq!(stored, RINGING_CALLS_PER_LINK + 1, "the calls and the devices");
    assert_eq!(bob.get("/calls").await.expect(StatusCode::OK), json!({ "calls": [] }));
    world.browser().call(&path).await.expect_error(409, 122);
    bob.post("/registration", page).await.expect(StatusCode::OK);
    let placed = world.browser().call(&path).await.expect(StatusCode::OK);
    assert_eq!(placed["notified"], true);
    assert_eq!(world.database.items(TABLE).len(), stored, "in the place of one that has expired");
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    assert_eq!(listed["calls"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nothing_is_overlooked_in_small_pages() {
    for size in [1, 2, 5] {
        let world = World::new().await;
        let mut bob = Somebody::new(&world, &mut BTreeSet::new()).await;
        world.wire.set_fault_of("Query", Fault::Pages(size));
        // One call rings through its link already.
        let mut most = usize::from(PENDING_CALLS_PER_CALLEE) - 1;
        while most > 0 {
            let (path, _) = bob.bob.link(600).await;
            for _ in 0..RINGING_CALLS_PER_LINK.min(most) {
                world.browser().call(&path).await.expect(StatusCode::OK);
                most -= 1;
            }
        }
        world.browser().call(&bob.path).await.expect_error(429, 117);
        let listed = bob.bob.get("/calls").await.expect(StatusCode::OK);
        let listed = listed["calls"].as_array().unwrap().len();
        assert_eq!(listed, usize::from(PENDING_CALLS_PER_CALLEE), "pages of {size}");
        let revocation = format!("/call-url/{}", bob.token);
        bob.bob.delete(&revocation).await.expect(StatusCode::NO_CONTENT);
        world.browser().call(&bob.path).await.expect_error(410, 111);
        assert!(world.wire.heal() > 12, "pages of {size}");
    }
}

fn repeatable(world: &World) -> Browser {
    world.browser().header("idempotency-key", KEY)
}

fn owner(item: &Value) -> &str {
    item["pk"]["S"].as_str().unwrap()
}

/// Returns each attribute of an item except its keys, as the path of names that leads to it.
fn places(item: &Value) -> Vec<String> {
    let mut places = Vec::new();
    for (name, value) in item.as_object().unwrap() {
        if !matches!(name.as_str(), "pk" | "sk") {
            places.push(name.clone());
            inner_places(name, value, &mut places);
        }
    }
    places
}

fn inner_places(outer: &str, value: &Value, places: &mut Vec<String>) {
    for (name, value) in value["M"].as_object().into_iter().flatten() {
        let place = format!("{outer}/{name}");
        inner_places(&place, value, places);
        places.push(place);
    }
}

/// Changes an attribute of an item; `Null` removes it.
fn change(item: &mut Value, place: &str, changed: Value) {
    let mut map = item.as_object_mut().unwrap();
    let mut names: Vec<&str> = place.split('/').collect();
    let last = names.pop().unwrap();
    for name in names {
        map = map.get_mut(name).unwrap()["M"].as_object_mut().unwrap();
    }
    match changed {
        Value::Null => map.remove(last),
        changed => map.insert(last.to_owned(), changed),
    };
}

fn expect_no_fault_of_ours(response: &Received, what: &str) {
    let status = response.status.as_u16();
    let expected = [200, 204, 409, 410, 422, 429, 503];
    assert!(expected.contains(&status), "{what}: {status} {}", response.text);
    if status == 503 {
        response.expect_error(503, 201);
        assert_eq!(response.header("retry-after"), "5", "{what}");
    }
}
