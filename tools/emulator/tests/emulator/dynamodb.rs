//! Tests of the embedded DynamoDB, above all that it keeps every acknowledged write.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use emulator::{EmbeddedDynamoDb, item_size};
use loop_core::{Settings, UnixMillis, UnixSeconds, UrlId, UserId};
use loop_store::Store;
use loop_testkit::ManualClock;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    sync::watch,
};

const TABLE: &str = "loop-test";
/// The variable that tells the process to be killed which file to use.
const FILE: &str = "LOOP_TESTKIT_FILE";

#[tokio::test]
async fn a_file_keeps_its_table_and_items() {
    let file = fresh_file("kept");
    for _ in 0..2 {
        let dynamodb = EmbeddedDynamoDb::start(Some(&file)).await.unwrap();
        dynamodb.create_table(TABLE).unwrap();
        dynamodb.put_item(TABLE, json!({ "pk": { "S": "a" }, "sk": { "S": "b" } }));
        assert_eq!(dynamodb.items(TABLE), [json!({ "pk": { "S": "a" }, "sk": { "S": "b" } })]);
        dynamodb.stop().await;
    }
}

#[tokio::test]
async fn a_table_that_was_half_made_is_completed() {
    let file = fresh_file("half-made");
    let dynamodb = EmbeddedDynamoDb::start(Some(&file)).await.unwrap();
    dynamodb.create_table(TABLE).unwrap();
    dynamodb.stop().await;
    // This is the state of a process that was killed before it made the place for items.
    let storage = dynoxide::storage::Storage::new(file.to_str().unwrap()).unwrap();
    storage.drop_data_table(TABLE).unwrap();
    storage.update_ttl_config(TABLE, None, false).unwrap();
    drop(storage);

    let dynamodb = EmbeddedDynamoDb::start(Some(&file)).await.unwrap();
    dynamodb.create_table(TABLE).unwrap();
    let item = json!({ "pk": { "S": "a" }, "sk": { "S": "b" }, "ttl": { "N": "1600000000" } });
    dynamodb.put_item(TABLE, item);
    assert_eq!(dynamodb.delete_expired(), 1);
    dynamodb.stop().await;
}

#[tokio::test]
async fn a_table_without_ttl_keeps_its_items_and_gets_it() {
    let file = fresh_file("without-ttl");
    let dynamodb = EmbeddedDynamoDb::start(Some(&file)).await.unwrap();
    dynamodb.create_table(TABLE).unwrap();
    for (key, ttl) in [("old", "1600000000"), ("young", "9000000000")] {
        let item = json!({ "pk": { "S": key }, "sk": { "S": "x" }, "ttl": { "N": ttl } });
        dynamodb.put_item(TABLE, item);
    }
    dynamodb.stop().await;
    let storage = dynoxide::storage::Storage::new(file.to_str().unwrap()).unwrap();
    storage.update_ttl_config(TABLE, None, false).unwrap();
    drop(storage);

    let dynamodb = EmbeddedDynamoDb::start(Some(&file)).await.unwrap();
    dynamodb.create_table(TABLE).unwrap();
    assert_eq!(dynamodb.delete_expired(), 1);
    assert_eq!(dynamodb.items(TABLE)[0]["pk"]["S"], "young");
    dynamodb.stop().await;
}

#[tokio::test]
async fn memory_forgets_and_expired_items_stay_until_they_are_deleted() {
    let dynamodb = EmbeddedDynamoDb::start(None).await.unwrap();
    dynamodb.create_table(TABLE).unwrap();
    assert!(dynamodb.items(TABLE).is_empty());
    for (key, ttl) in [("old", "1600000000"), ("young", "9000000000")] {
        let item = json!({ "pk": { "S": key }, "sk": { "S": "x" }, "ttl": { "N": ttl } });
        dynamodb.put_item(TABLE, item);
    }
    assert_eq!(dynamodb.items(TABLE).len(), 2);
    assert_eq!(dynamodb.delete_expired(), 1);
    assert_eq!(dynamodb.items(TABLE)[0]["pk"]["S"], "young");
}

#[tokio::test]
async fn what_is_over_by_the_clock_of_a_test_is_deleted() {
    let clock = ManualClock::new(UnixMillis::new(1_800_000_000_000));
    let dynamodb = EmbeddedDynamoDb::start_with_clock((&clock).into()).await.unwrap();
    dynamodb.create_table(TABLE).unwrap();
    let item = json!({ "pk": { "S": "a" }, "sk": { "S": "b" }, "ttl": { "N": "1800000100" } });
    dynamodb.put_item(TABLE, item);
    clock.advance(Duration::from_secs(99));
    assert_eq!(dynamodb.delete_expired(), 0);
    clock.advance(Duration::from_secs(2));
    assert_eq!(dynamodb.delete_expired(), 1);
}

/// The sizes follow from the rules in DynamoDB's documentation.
#[test]
fn an_item_is_as_large_as_dynamodb_counts() {
    for (item, size) in [
        (json!({ "pk": { "S": "é" } }), 2 + 2),
        (json!({ "n": { "N": "1780000000501" } }), 1 + 7 + 1),
        (json!({ "m": { "M": { "key": { "S": "abc" } } } }), 1 + 3 + 3 + 1 + 3),
        (json!({ "s": { "SS": ["ab", "c"] } }), 1 + 3),
    ] {
        assert_eq!(item_size(&item), size, "{item}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let file = fresh_file("killed");
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--nocapture", "--exact", "dynamodb::server"])
        .env(FILE, &file)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let endpoint = loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some((_, endpoint)) = line.split_once("endpoint ") {
            break endpoint.to_owned();
        }
    };

    let (count, mut counted) = watch::channel(0);
    let writer = tokio::spawn(write_until_it_fails(store(&endpoint), count));
    // The writer goes on meanwhile, so the kill probably comes in the middle of a write.
    counted.wait_for(|count| *count >= 200).await.unwrap();
    child.kill().await.unwrap();
    writer.await.unwrap();
    let acknowledged = *counted.borrow();

    let dynamodb = EmbeddedDynamoDb::start(Some(&file)).await.unwrap();
    let stored = dynamodb.items(TABLE).len();
    assert!(stored == acknowledged || stored == acknowledged + 1, "{stored}, {acknowledged}");
}

/// This is not a test but the process that the test above kills.
#[tokio::test]
#[ignore = "runs only for another test"]
async fn server() {
    let file = PathBuf::from(env::var_os(FILE).unwrap());
    let dynamodb = EmbeddedDynamoDb::start(Some(&file)).await.unwrap();
    dynamodb.create_table(TABLE).unwrap();
    println!("\nendpoint {}", dynamodb.endpoint_url());
    std::future::pending::<()>().await;
}

/// Writes one revocation after the other; `count` is the number of acknowledged ones.
async fn write_until_it_fails(store: Store, count: watch::Sender<usize>) {
    let until = UnixSeconds::try_from(9_000_000_000).unwrap();
    for number in 0_u64.. {
        // Each revocation is of another user, because a user may have only a limited number.
        let user = UserId::from_bytes(u128::from(number).to_be_bytes());
        let url = UrlId::from_bytes(number.to_be_bytes());
        if store.revoke(user, url, until, UnixMillis::new(0)).await.is_err() {
            return;
        }
        count.send_modify(|count| *count += 1);
    }
}

fn store(endpoint: &str) -> Store {
    let mut settings = Settings::new(|name| {
        Some(if name == "AWS_ENDPOINT_URL_DYNAMODB" { endpoint } else { TABLE }.to_owned())
            .filter(|_| !["AWS_CA_BUNDLE", "AWS_ENDPOINT_URL"].contains(&name))
    });
    let store = Store::from_settings(&mut settings);
    settings.finish(store).unwrap()
}

/// Returns a file that does not exist, in a directory where SQLite may put two more.
fn fresh_file(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory.join("table.sqlite")
}
