//! The store: one client, one table.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    operation::{
        put_item::builders::PutItemFluentBuilder, update_item::builders::UpdateItemFluentBuilder,
    },
    types::AttributeValue,
};
use loop_core::{Settings, UnavailableError, UnixMillis, UserId};

use crate::{
    client,
    item::{Item, item},
    schema::{HEARTBEAT, PARTITION_KEY, SORT_KEY},
    settings::StoreSettings,
    unavailable::{failed, incomplete},
};

/// How long the heartbeat's item counts. Nobody reads it; it only has to go away
/// when the system is no longer used.
const HEARTBEAT_LIFETIME: Duration = Duration::from_hours(24);

/// Registrations, revocations and pending calls. Cheap to clone: all clones share one client and
/// its connections.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Store {
    /// A store as the settings say; it does not connect yet.
    ///
    /// Reads `LOOP_TABLE`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where
    /// they are there, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL_DYNAMODB` (another endpoint than
    /// that of the region) and `AWS_CA_BUNDLE` (a PEM file with the roots to trust instead of
    /// Amazon's). `None` when one is missing or faulty; `settings` then knows which.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let settings = StoreSettings::read(settings)?;
        Some(Self { client: client::client(&settings), table: settings.table })
    }

    /// Opens the TCP and TLS connection that the first request will use. For the init phase,
    /// where the time is not the caller's. Takes at most one second; failing is of no consequence
    /// and is not told. Needs no permission.
    pub async fn warm(&self) {
        client::warm(&self.client, &self.table).await;
    }

    /// Finds out whether the table can be written: 1 `PutItem`.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn heartbeat(&self, now: UnixMillis) -> Result<(), UnavailableError> {
        let key = HEARTBEAT.to_owned();
        let expires_at = now.seconds().after(HEARTBEAT_LIFETIME);
        let item = item(key.clone(), key, expires_at, Item::new());
        self.put(item).send().await.map_err(|error| failed("PutItem", &error))?;
        Ok(())
    }

    /// Begins to build a `PutItem` of `item`.
    pub(crate) fn put(&self, item: Item) -> PutItemFluentBuilder {
        self.client.put_item().table_name(&self.table).set_item(Some(item))
    }

    /// Begins to build an `UpdateItem` of the item that has `key`.
    pub(crate) fn update(&self, key: Item) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.table).set_key(Some(key))
    }

    /// Reads the item that has `key`, strongly consistent: 1 `GetItem`. `None` when there is none.
    pub(crate) async fn get(&self, key: Item) -> Result<Option<Item>, UnavailableError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key));
        let found = get.consistent_read(true).send().await;
        Ok(found.map_err(|error| failed("GetItem", &error))?.item)
    }

    /// All items of a user whose sort key starts with `prefix`, strongly consistent: 1 `Query`
    /// per megabyte.
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
            items.extend(page.items.ok_or_else(|| incomplete("Query"))?);
            match page.last_evaluated_key {
                Some(key) if !key.is_empty() => query = query.set_exclusive_start_key(Some(key)),
                _ => return Ok(items),
            }
        }
    }
}
