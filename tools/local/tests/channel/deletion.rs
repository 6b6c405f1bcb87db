//! Tests that a user is deleted by the procedure of `docs/runbook.md`, whose expressions are read
//! from there.

use local::environment::TABLE;
use loop_core::{KeyRing, UnixSeconds, VerifiedCallUrl};
use loop_testkit::runbook::Procedure;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    fake::client,
    party::{place, until_connections},
    world::{BEGINNING, World},
};

const DAY: u64 = 86_400;
/// DynamoDB wants one. None of those that tests use checks it.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=AKIATESTTESTTESTTEST/20270115/us-east-1/\
     dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00";

#[tokio::test]
async fn after_the_procedure_the_table_has_nothing_of_the_user_but_revocations() {
    let world = World::new().await;
    // Somebody else, with a call of his own. He is not to notice.
    let carol = place(&world).await;
    let (alice_of_carol, device_of_carol) = carol.both().await;
    let of_carol = world.database.items(TABLE);

    let mut call = place(&world).await;
    let (_, revoked) = call.bob.link(20 * DAY).await;
    let revoked = revoked["call_token"].as_str().unwrap();
    let revocation = format!("/call-url/{revoked}");
    call.bob.delete(&revocation).await.expect(StatusCode::NO_CONTENT);
    let (link, made) = call.bob.link(20 * DAY).await;
    let user = callee_of(&world, made["call_token"].as_str().unwrap());
    // The parties are still there, so that there are connections to be found.
    let (alice, device) = call.both().await;
    until_connections(&world, 4).await;

    let procedure = Procedure::titled("A user's deletion request");
    let found = of_user(&world, &procedure, &user).await;
    let kinds: Vec<_> = found.iter().map(kind).collect();
    assert_eq!(kinds, ["call", "connection", "connection", "devices", "revoked"]);
    assert_eq!(
        found.len(),
        world.database.items(TABLE).len() - of_carol.len(),
        "nothing is missed"
    );

    assert!(procedure.blocks().join("\n").contains(r#"select(.sk.S != "revoked") | {pk, sk}"#));
    for item in found.iter().filter(|item| item["sk"]["S"] != "revoked") {
        let key = json!({ "pk": item["pk"], "sk": item["sk"] });
        ask(&world, "DeleteItem", json!({ "TableName": TABLE, "Key": key })).await;
    }
    let left = of_user(&world, &procedure, &user).await;
    assert_eq!(left.iter().map(kind).collect::<Vec<_>>(), ["revoked"]);
    let all = world.database.items(TABLE);
    for item in &of_carol {
        assert!(all.contains(item), "{item}");
    }
    let [of_bob] = all.iter().filter(|item| !of_carol.contains(item)).collect::<Vec<_>>()[..]
    else {
        panic!("{all:?}");
    };
    let attributes: Vec<_> = of_bob.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(attributes, ["expires_at", "pk", "revoked", "sk", "ttl"]);
    let revocations = of_bob["revoked"]["SS"].as_array().unwrap();
    let [id, expiry] = revocations[0].as_str().unwrap().split(' ').collect::<Vec<_>>()[..] else {
        panic!("{revocations:?}");
    };
    assert!(id.len() == 11 && expiry.parse::<u64>().is_ok(), "an id and a time: {revocations:?}");

    world.browser().get(&link).await.expect(StatusCode::OK);
    world.browser().call(&link).await.expect_error(409, 122);
    world.browser().call(&format!("/calls/{revoked}")).await.expect_error(410, 111);
    // What a copy of the cookie would do.
    let device_again = json!({ "simple_push_url": world.push.url("/bob") });
    call.bob.post("/registration", device_again.clone()).await.expect(StatusCode::OK);
    world.browser().call(&format!("/calls/{revoked}")).await.expect_error(410, 111);
    call.bob.delete_with("/registration", device_again).await.expect(StatusCode::NO_CONTENT);
    drop((alice, device, alice_of_carol, device_of_carol));
    until_connections(&world, 0).await;

    let expires_at: u64 = of_bob["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires_at, BEGINNING + 30 * DAY);
}

/// Returns the user id that `cargo run -p keys -- inspect` reads from a link.
fn callee_of(world: &World, link: &str) -> String {
    let keys: KeyRing = world.server.environment().get("LOOP_TOKEN_KEYS").unwrap().parse().unwrap();
    let now = UnixSeconds::try_from(BEGINNING).unwrap();
    VerifiedCallUrl::verify(&keys.keys(), link, now).unwrap().claims().callee.to_string()
}

/// Lists the items of a user as the procedure does, sorted by kind.
async fn of_user(world: &World, procedure: &Procedure, user: &str) -> Vec<Value> {
    let scan = json!({
        "TableName": TABLE,
        "ConsistentRead": true,
        "FilterExpression": procedure.option("--filter-expression"),
        "ProjectionExpression": procedure.option("--projection-expression"),
        "ExpressionAttributeValues": { ":user": { "S": user } },
    });
    let mut found = ask(world, "Scan", scan).await["Items"].as_array().unwrap().clone();
    found.sort_by_key(kind);
    found
}

fn kind(item: &Value) -> String {
    item["sk"]["S"].as_str().unwrap().split('#').next().unwrap().to_owned()
}

/// Asks DynamoDB as the AWS CLI does.
async fn ask(world: &World, operation: &str, body: Value) -> Value {
    let request = client()
        .post(world.database.endpoint_url())
        .header("content-type", "application/x-amz-json-1.0")
        .header("authorization", SIGNATURE)
        .header("x-amz-date", "20270115T080000Z")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .body(body.to_string());
    let response = request.send().await.unwrap();
    assert!(response.status().is_success(), "{operation}: {:?}", response.text().await);
    response.json().await.unwrap()
}
