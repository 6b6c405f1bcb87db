//! To which call each connection to the call channel belongs.

use aws_sdk_dynamodb::types::ReturnValue;
use loop_core::{
    CallId, CallSlot, UnavailableError, UnixMillis, UnixSeconds, UserId,
    progress::{ConnectionId, Role},
};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

use crate::{
    Store,
    item::{Item, expires_at, item, key, not_written, number},
    schema::{CONNECTION, CONNECTION_PREFIX, MESSAGES, PARTITION_KEY},
    unavailable::{failed, incomplete},
    write::{Written, put_if, update_if},
};

/// Where a connection belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Whose call it is.
    pub callee: UserId,
    /// Which call.
    pub call: CallId,
    /// Where the call is stored.
    pub slot: CallSlot,
    /// Which side of the call it is on.
    pub role: Role,
}

impl Store {
    /// Remembers where a connection belongs, until `expires_at`: 1 `PutItem`. A connection keeps
    /// its first binding and the count of its messages: nothing happens when it has one already.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn bind(
        &self,
        connection: &ConnectionId,
        binding: &Binding,
        expires_at: UnixSeconds,
    ) -> Result<(), UnavailableError> {
        let content = BindingItem::from(*binding);
        let content = to_item(content).map_err(|_| not_written())?;
        let item = item(partition_key(connection), CONNECTION.to_owned(), expires_at, content);
        let put = self
            .put(item)
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION_KEY);
        // It is refused also when the response to our own first attempt was lost.
        put_if(put).await.map(|_| ())
    }

    /// Counts a message of a connection, and says where the connection belongs and how many it
    /// has sent with this one: 1 `UpdateItem`. `None` when it has no binding. A message whose first
    /// answer was lost may be counted twice.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn count_message(
        &self,
        connection: &ConnectionId,
        now: UnixMillis,
    ) -> Result<Option<(Binding, u64)>, UnavailableError> {
        let update = self
            .update(connection_key(connection))
            .update_expression("ADD #messages :one")
            .condition_expression("attribute_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION_KEY)
            .expression_attribute_names("#messages", MESSAGES)
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew);
        let Written::Done(attributes) = update_if(update).await? else { return Ok(None) };
        let item = attributes.ok_or_else(|| incomplete("UpdateItem"))?;
        let counts = expires_at(&item).is_some_and(|end| now.seconds() < end);
        Ok(BindingItem::read(item).filter(|_| counts))
    }

    /// Forgets a connection and says where it belonged: 1 `DeleteItem`. `None` when it had no
    /// binding; also when it had one and the first answer was lost. Then its call goes on until a
    /// deadline, as it does when the gateway does not tell that a connection is gone.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn unbind(
        &self,
        connection: &ConnectionId,
    ) -> Result<Option<Binding>, UnavailableError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(connection_key(connection)))
            .return_values(ReturnValue::AllOld);
        let deleted = delete.send().await.map_err(|error| failed("DeleteItem", &error))?;
        Ok(deleted.attributes.and_then(BindingItem::read).map(|(binding, _)| binding))
    }
}

fn partition_key(connection: &ConnectionId) -> String {
    format!("{CONNECTION_PREFIX}{}", connection.as_str())
}

fn connection_key(connection: &ConnectionId) -> Item {
    key(partition_key(connection), CONNECTION.to_owned())
}

#[derive(Serialize, Deserialize)]
struct BindingItem {
    callee: UserId,
    call_id: CallId,
    slot: u8,
    role: Role,
    messages: u64,
}

impl BindingItem {
    /// The binding in an item, if it can be read, and the number of messages.
    fn read(item: Item) -> Option<(Binding, u64)> {
        let item: Self = from_item(item).ok()?;
        let slot = CallSlot::from_number(item.slot)?;
        let binding = Binding { callee: item.callee, call: item.call_id, slot, role: item.role };
        Some((binding, item.messages))
    }
}

impl From<Binding> for BindingItem {
    fn from(Binding { callee, call, slot, role }: Binding) -> Self {
        Self { callee, call_id: call, slot: slot.number(), role, messages: 0 }
    }
}
