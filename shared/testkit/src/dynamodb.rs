//! DynamoDB for a test: the embedded one, or another one that a variable names.

mod other;

use std::env;

use emulator::EmbeddedDynamoDb;
use loop_core::Clock;
use serde_json::Value;

use self::other::OtherDynamoDb;

/// The variable with the endpoint of another DynamoDB, such as `http://127.0.0.1:5000`. When it is
/// absent or empty, tests use the embedded one.
pub const VARIABLE: &str = "TEST_DYNAMODB_URL";

/// A DynamoDB with tables that no other test sees.
#[derive(Debug)]
pub struct TestDynamoDb(Kind);

#[derive(Debug)]
enum Kind {
    Embedded(EmbeddedDynamoDb),
    Other(OtherDynamoDb),
}

impl TestDynamoDb {
    /// Starts the database.
    pub async fn start() -> Self {
        Self::start_with_clock(Clock::system()).await
    }

    /// Starts the database with `clock` for the time by which
    /// [`delete_expired`](Self::delete_expired) deletes.
    ///
    /// # Panics
    /// The variable names no endpoint.
    pub async fn start_with_clock(clock: Clock) -> Self {
        Self(match env::var(VARIABLE).ok().filter(|endpoint| !endpoint.is_empty()) {
            None => Kind::Embedded(EmbeddedDynamoDb::start_with_clock(clock).await.unwrap()),
            Some(endpoint) => Kind::Other(OtherDynamoDb::start(&endpoint, clock).await),
        })
    }

    /// Returns the value of `AWS_ENDPOINT_URL_DYNAMODB`.
    pub fn endpoint_url(&self) -> String {
        match &self.0 {
            Kind::Embedded(embedded) => embedded.endpoint_url(),
            Kind::Other(other) => other.endpoint_url(),
        }
    }

    /// Creates the table as `template.yaml` does.
    ///
    /// # Panics
    /// DynamoDB refuses to.
    pub fn create_table(&self, name: &str) {
        match &self.0 {
            Kind::Embedded(embedded) => embedded.create_table(name).unwrap(),
            Kind::Other(other) => other.create_table(name),
        }
    }

    /// Returns all items of a table in DynamoDB's JSON (`{"pk": {"S": "…"}, …}`), unordered.
    ///
    /// # Panics
    /// There is no such table.
    pub fn items(&self, table: &str) -> Vec<Value> {
        match &self.0 {
            Kind::Embedded(embedded) => embedded.items(table),
            Kind::Other(other) => other.items(table),
        }
    }

    /// Stores an item in DynamoDB's JSON as it is, and replaces the item with the same key.
    ///
    /// # Panics
    /// The item is invalid, or there is no such table.
    pub fn put_item(&self, table: &str, item: Value) {
        match &self.0 {
            Kind::Embedded(embedded) => embedded.put_item(table, item),
            Kind::Other(other) => other.put_item(table, &item),
        }
    }

    /// Deletes the items that are over by their TTL attribute, as DynamoDB does some time later,
    /// and returns their number.
    pub fn delete_expired(&self) -> usize {
        match &self.0 {
            Kind::Embedded(embedded) => embedded.delete_expired(),
            Kind::Other(other) => other.delete_expired(),
        }
    }
}
