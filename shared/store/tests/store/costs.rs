//! The most that a write or a read can cost, measured on items as large as a user can make them.
//! DynamoDB bills a write for the larger of what was there and what is there then, also when its
//! condition fails.

use std::time::Duration;

use emulator::item_size;
use loop_core::{
    Call, CallId, Device, DeviceId, ParticipantToken, PushTarget, RemoteId, UnixMillis, UrlId,
    limits::{
        CALLS_PER_CALLEE, DEVICES_MAX_BYTES, PENDING_CALLS_PER_CALLEE, PUSH_URL_MAX_BYTES,
        PUSH_URL_PLACE_BYTES, REMOTE_ID_MAX_CHARACTERS, REVOKED_URLS_PER_USER,
    },
};
use loop_store::{LimitError, Registrant::Returning};

use crate::table::{NOW, Table, after, call, user};

/// A length that no provider's token exceeds.
const TOKEN_BYTES: usize = 1_000;

const DOCUMENT: &str = include_str!("../../../../docs/table.md");

#[tokio::test]
async fn no_push_urls_make_the_item_larger_than_documented() {
    let mut largest = 0;
    let place = PUSH_URL_PLACE_BYTES;
    for length in [1, place, place + 1, 2 * place, PUSH_URL_MAX_BYTES] {
        let table = Table::new().await;
        fill(&table, [length, place]).await;
        largest = largest.max(size(&table, "devices"));
    }
    println!("the largest item of devices: {largest} bytes");
    assert!((DEVICES_MAX_BYTES - 300..=DEVICES_MAX_BYTES).contains(&largest), "{largest}");
    assert_eq!(write_units(DEVICES_MAX_BYTES), documented("devices"));
}

#[tokio::test]
async fn a_refused_registration_is_one_write_of_that_item() {
    let table = Table::new().await;
    fill(&table, [PUSH_URL_PLACE_BYTES]).await;
    let before = table.items();
    for number in 1_000..1_010 {
        table.wire.take();
        let refused = table.store.register(user(1), Returning, &long(number, 2_048), NOW).await;
        assert!(matches!(refused, Err(LimitError::TooMany { .. })), "{refused:?}");
        assert_eq!(table.wire.take(), ["UpdateItem"]);
    }
    assert_eq!(table.items(), before);
}

#[tokio::test]
async fn twenty_ordinary_devices_and_the_longest_push_url_have_room() {
    let table = Table::new().await;
    for number in 0..20 {
        table.store.register(user(1), Returning, &long(number, 300), NOW).await.unwrap();
    }
    assert_eq!(table.callee(user(1), NOW).await.devices.len(), 20);
    let longest = long(0, PUSH_URL_MAX_BYTES);
    table.store.register(user(2), Returning, &longest, NOW).await.unwrap();
    assert_eq!(table.callee(user(2), NOW).await.devices, [longest]);
}

#[tokio::test]
async fn the_largest_partition_costs_no_more_than_documented() {
    let table = Table::new().await;
    fill(&table, [PUSH_URL_PLACE_BYTES]).await;
    // Each pair of links that were made a second apart becomes one of the longer texts.
    for second in 0..2 {
        for number in 0..REVOKED_URLS_PER_USER as u64 {
            let made_at =
                NOW.seconds().before(Duration::from_secs(1_000_000 - number * 1_000 - second));
            let url = UrlId::new(made_at, [0; 4]);
            table.store.revoke(user(1), url, after(86_400), NOW).await.unwrap();
        }
    }
    for number in 0..CALLS_PER_CALLEE as u64 {
        place(&table, number, NOW.after(Duration::from_millis(2_000 * number)), 1).await;
    }
    let later = NOW.after(Duration::from_millis(2_000 * CALLS_PER_CALLEE as u64));
    for number in 0..PENDING_CALLS_PER_CALLEE {
        place(&table, 1_000 + u64::from(number), later, 120).await;
    }

    assert_eq!(write_units(size(&table, "revoked")), documented("revoked"));
    let slots = 0..PENDING_CALLS_PER_CALLEE;
    let largest_call = slots.map(|slot| size(&table, &format!("call#{slot}"))).max().unwrap();
    println!("the largest call: {largest_call} bytes");
    assert!(write_units(largest_call) <= documented("call#<slot>"), "{largest_call}");
    let all: usize = table.items().iter().map(item_size).sum();
    println!("the largest partition: {all} bytes");
    assert!(all.div_ceil(4_096) <= documented("the whole partition"));
}

/// Registers devices of these lengths by turns until there is no room for any of them.
async fn fill<const N: usize>(table: &Table, lengths: [usize; N]) {
    for number in 0..20 * N {
        let device = long(number, lengths[number % N]);
        let _ = table.store.register(user(1), Returning, &device, NOW).await;
    }
}

async fn place(table: &Table, number: u64, now: UnixMillis, seconds: u64) {
    let mut id = [0; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    let call = Call {
        id: CallId::from_bytes(id),
        // Links whose ids end alike look for a slot at the same place.
        url: UrlId::from_bytes((number << 8).to_be_bytes()),
        remote_id: RemoteId::try_from("𝒶".repeat(REMOTE_ID_MAX_CHARACTERS)).unwrap(),
        callee_token: ParticipantToken::new("a".repeat(TOKEN_BYTES)),
        caller_token: Some(ParticipantToken::new("a".repeat(TOKEN_BYTES))),
        expires_at: now.seconds().after(Duration::from_secs(seconds)),
        slot_expires_at: now.seconds().after(Duration::from_secs(seconds)),
        ..call(0)
    };
    let state = table.store.callee(user(1), call.url, None, now).await.unwrap();
    table.store.place(user(1), &state, &call, now).await.unwrap();
}

/// Returns a device whose push URL has so many bytes, or as few as possible.
fn long(number: usize, bytes: usize) -> Device {
    let push_url = format!("{:a<bytes$}", format!("https://push.example.org/{number}/"));
    let id = DeviceId::of_push_url(&push_url);
    // Zeros at the end of a number need no bytes.
    Device {
        id,
        target: PushTarget::SimplePush(push_url),
        registered_at: NOW.after(Duration::from_millis(1)),
        expires_at: after(111_111),
    }
}

fn size(table: &Table, sort_key: &str) -> usize {
    let items = table.items();
    items.iter().find(|item| item["sk"]["S"] == sort_key).map_or(0, item_size)
}

fn write_units(bytes: usize) -> usize {
    bytes.div_ceil(1_024)
}

/// Returns the last number in the row of `docs/table.md` that begins with `item`.
fn documented(item: &str) -> usize {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| "));
    let row = rows.rev().find(|row| row.split('|').nth(1).unwrap().contains(item)).unwrap();
    let cells: Vec<_> = row.split('|').collect();
    cells[cells.len() - 2].trim().parse().unwrap()
}
