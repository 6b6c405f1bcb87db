//! The store: one client, one table.
//!
//! An operation is one request in the ordinary case. A rule is the condition of a write, so of two
//! clients at the same time one is refused, and learns from the refusal what the other one has
//! written. The SDK retries a write whose response was lost. If such a retry must not be taken for
//! another client's write, the write leaves a random write token.
//!
//! | operation | requests | condition of the write |
//! |---|---|---|
//! | [`Store::heartbeat`] | 1 `PutItem` | none |
//! | [`Store::register`] | 1 `PutItem` for a new user | the user has no devices |
//! | | 1 `UpdateItem` for others | there is room, and no later registration of the device |
//! | [`Store::unregister`] | 1 `UpdateItem` | the device is registered |
//! | [`Store::forget_device`] | 1 `UpdateItem` | the device is as read |
//! | [`Store::revoke`] | 1 `UpdateItem` | there is room for the revocation |
//! | [`Store::is_revoked`] | 1 `GetItem` | |
//! | [`Store::callee`] | 1 `Query` | |
//! | [`Store::place`] | 1 `PutItem` | the slot is unused, or its call has expired and is as read |
//! | [`Store::ring_again`] | 1 `UpdateItem` | the call has not expired nor rung again |
//! | [`Store::pending_calls`] | 1 `Query` | |
//! | [`Store::find_call`] | 1 `Query` | |
//! | [`Store::call_of`] | 1 `GetItem` | |
//! | [`Store::advance`] | 1 `UpdateItem` | the call and its revision are as read |
//! | [`Store::end_calls_through`] | 1 `Query`, 1 `UpdateItem` per call | as for `advance` |
//! | [`Store::bind`] | 1 `PutItem` | the connection has no binding |
//! | [`Store::count_message`] | 1 `UpdateItem` | the connection has a binding |
//! | [`Store::unbind`] | 1 `DeleteItem` | none |
//!
//! All reads are strongly consistent. `docs/table.md` has the costs, and the reasons.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    operation::{
        put_item::builders::PutItemFluentBuilder, update_item::builders::UpdateItemFluentBuilder,
    },
    types::{AttributeValue, ReturnConsumedCapacity},
};
use loop_aws::SdkConfig;
use loop_core::{Counters, Metric, Settings, UnavailableError, UnixMillis, UserId};

use crate::{
    client,
    counting::count_units,
    item::{Item, item},
    schema::{HEARTBEAT, PARTITION_KEY, SORT_KEY},
    settings::StoreSettings,
    unavailable::{failed, incomplete},
};

/// The lifetime of the heartbeat's item. It is never read; it only has to go away when the system
/// is no longer used.
const HEARTBEAT_LIFETIME: Duration = Duration::from_hours(24);

/// The table and a client for it. Cheap to clone: all clones share the client and its connections.
///
/// The head of this file lists the operations, with their requests and conditions.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) counters: Counters,
}

impl Store {
    /// Builds a store from the settings; it does not connect yet.
    ///
    /// Reads `LOOP_TABLE`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, if they
    /// are there, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL_DYNAMODB` or else `AWS_ENDPOINT_URL`
    /// (another endpoint than that of the region) and `AWS_CA_BUNDLE` (a PEM file with the roots to
    /// trust instead of Amazon's). `None` when one is missing or faulty; `settings` then knows
    /// which.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        Self::with_aws(settings).0
    }

    /// Builds a store, and returns the AWS configuration too, so that the function's other clients
    /// share its HTTP client. The configuration is there even when the store's own settings are
    /// faulty: the other clients then still report their faults.
    pub fn with_aws(settings: &mut Settings<'_>) -> (Option<Self>, Option<SdkConfig>) {
        let (settings, aws) = StoreSettings::read(settings);
        let store = settings.map(|settings| Self {
            client: client::client(&settings),
            table: settings.table,
            counters: Counters::default(),
        });
        (store, aws)
    }

    /// Opens the TCP and TLS connection that the first request will use, while the function starts
    /// and no client waits. Takes at most one second and needs no permission. A failure is ignored:
    /// the first request reports it.
    pub async fn warm(&self) {
        client::warm(&self.client, &self.table).await;
    }

    /// Returns the counters that the store adds to: units of DynamoDB, and what becomes of calls.
    /// The function may add more.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Writes to the table in order to find out whether that works: 1 `PutItem`.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn heartbeat(&self, now: UnixMillis) -> Result<(), UnavailableError> {
        let key = HEARTBEAT.to_owned();
        let expires_at = now.seconds().after(HEARTBEAT_LIFETIME);
        let item = item(key.clone(), key, expires_at, Item::new());
        let written = self.put(item).send().await.map_err(|error| failed("PutItem", &error))?;
        count_units(&self.counters, Metric::WriteUnits, written.consumed_capacity());
        Ok(())
    }

    /// Begins to build a `PutItem` of `item`.
    pub(crate) fn put(&self, item: Item) -> PutItemFluentBuilder {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// Begins to build an `UpdateItem` of the item that has `key`.
    pub(crate) fn update(&self, key: Item) -> UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(key));
        update.return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// Reads the item that has `key`, strongly consistent: 1 `GetItem`. `None` when there is none.
    pub(crate) async fn get(&self, key: Item) -> Result<Option<Item>, UnavailableError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key));
        let get = get.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let found = get.consistent_read(true).send().await;
        let found = found.map_err(|error| failed("GetItem", &error))?;
        count_units(&self.counters, Metric::ReadUnits, found.consumed_capacity());
        Ok(found.item)
    }

    /// Reads all items of a user whose sort key starts with `prefix`, strongly consistent: 1
    /// `Query` per megabyte.
    pub(crate) async fn query(
        &self,
        user: UserId,
        prefix: Option<&str>,
    ) -> Result<Vec<Item>, UnavailableError> {
        let condition = match prefix {
            None => "#pk = :pk",
            Some(_) => "#pk = :pk AND begins_with(#sk, :prefix)",
        };
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .key_condition_expression(condition)
            .expression_attribute_names("#pk", PARTITION_KEY)
            .expression_attribute_values(":pk", AttributeValue::S(user.to_string()));
        if let Some(prefix) = prefix {
            query = query
                .expression_attribute_names("#sk", SORT_KEY)
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()));
        }
        let mut items = Vec::new();
        loop {
            let page = query.clone().send().await;
            let page = page.map_err(|error| failed("Query", &error))?;
            count_units(&self.counters, Metric::ReadUnits, page.consumed_capacity());
            items.extend(page.items.ok_or_else(|| incomplete("Query"))?);
            match page.last_evaluated_key {
                Some(key) if !key.is_empty() => query = query.set_exclusive_start_key(Some(key)),
                _ => return Ok(items),
            }
        }
    }
}
