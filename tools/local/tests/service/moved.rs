//! Tests that a service with the keys and the copied items of another one goes on in its place, as
//! `docs/runbook.md` moves a stack to another region.

use local::environment::TABLE;
use loop_testkit::{TEST_KEY_RING, runbook::Procedure};
use reqwest::StatusCode;

use crate::world::{SOON, World};

#[tokio::test]
async fn links_sessions_registrations_and_revocations_go_on_where_keys_and_items_are() {
    let keys = [("LOOP_TOKEN_KEYS", TEST_KEY_RING)];
    let (old, new) = (World::with(&keys).await, World::with(&keys).await);
    let mut bob = old.registered("/bob").await;
    let (revoked, made) = bob.link(600).await;
    let revocation = format!("/call-url/{}", made["call_token"].as_str().unwrap());
    bob.delete(&revocation).await.expect(StatusCode::NO_CONTENT);
    let (link, _) = bob.link(600).await;
    old.browser().call(&link).await.expect(StatusCode::OK);
    old.push.wait_for(1, SOON).await.unwrap();

    let mut bob_there = new.browser();
    bob_there.cookie = bob.cookie.clone();
    let nothing = bob_there.get("/calls").await.expect(StatusCode::OK);
    assert!(nothing["calls"].as_array().unwrap().is_empty(), "{nothing}");
    new.browser().call(&link).await.expect_error(409, 122);

    let procedure = Procedure::titled("Moving to another region");
    assert_eq!(procedure.option("--filter-expression"), "sk IN (:devices, :revoked)");
    let items = old.database.items(TABLE).into_iter();
    let copied: Vec<_> =
        items.filter(|item| item["sk"]["S"] == "devices" || item["sk"]["S"] == "revoked").collect();
    assert_eq!(copied.len(), 2, "the call stays where it is: {copied:?}");
    for item in copied {
        new.database.put_item(TABLE, item);
    }

    let placed = new.browser().call(&link).await.expect(StatusCode::OK);
    assert_eq!(placed["notified"], true);
    assert_eq!(old.push.wait_for(2, SOON).await.unwrap().len(), 2, "the same device is woken");
    let listed = bob_there.get("/calls").await.expect(StatusCode::OK);
    assert_eq!(listed["calls"][0]["call_id"], placed["call_id"]);
    assert_eq!(listed["calls"].as_array().unwrap().len(), 1);
    new.browser().call(&revoked).await.expect_error(410, 111);
    bob_there.link(600).await;
}
