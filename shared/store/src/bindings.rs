//! Bindings: each connection to the call channel is bound to a call and to one side of it.

use aws_sdk_dynamodb::types::{
    ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use loop_core::{
    CallId, CallSlot, Metric, UnavailableError, UnixMillis, UnixSeconds, UserId,
    progress::{ConnectionId, Role},
};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

use crate::{
    Store,
    counting::count_units,
    item::{Item, expires_at, item, key, not_written, number},
    schema::{CONNECTION, CONNECTION_PREFIX, MESSAGES, PARTITION_KEY},
    unavailable::{failed, incomplete},
    write::Written,
};

/// The call that a connection belongs to, and the side of it that it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The callee of the call.
    pub callee: UserId,
    /// The id of the call.
    pub call: CallId,
    /// The slot in which the call is stored.
    pub slot: CallSlot,
    /// The side of the call.
    pub role: Role,
}

impl Store {
    /// Binds a connection to a call until `expires_at`, and returns the binding that it has: 1
    /// `PutItem`. A connection keeps its first binding and the count of its messages, so of two
    /// hellos at the same time one is told of the other's binding.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn bind(
        &self,
        connection: &ConnectionId,
        binding: &Binding,
        expires_at: UnixSeconds,
    ) -> Result<Binding, UnavailableError> {
        let content = BindingItem::from(*binding);
        let content = to_item(content).map_err(|_| not_written())?;
        let item = item(partition_key(connection), CONNECTION.to_owned(), expires_at, content);
        let put = self
            .put(item)
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION_KEY)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.put_if(put).await? {
            Written::Done(_) => Ok(*binding),
            // It may be that of our own first attempt, whose response was lost.
            Written::Refused(found) => {
                let found = found.and_then(BindingItem::read);
                found.map(|(binding, _)| binding).ok_or_else(|| incomplete("PutItem"))
            }
        }
    }

    /// Counts a message of a connection, and returns its binding and the number of messages
    /// including this one: 1 `UpdateItem`. `None` when it has no binding. Where the response to the
    /// first attempt was lost, the message may be counted twice.
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
        let Written::Done(attributes) = self.update_if(update).await? else { return Ok(None) };
        let item = attributes.ok_or_else(|| incomplete("UpdateItem"))?;
        let counts = expires_at(&item).is_some_and(|end| now.seconds() < end);
        Ok(BindingItem::read(item).filter(|_| counts))
    }

    /// Deletes the binding of a connection and returns it: 1 `DeleteItem`. `None` when there was
    /// none; also when there was one and the response to the first attempt was lost. Then the call
    /// goes on until a deadline, as it does when the gateway does not report that a connection is
    /// gone.
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
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values(ReturnValue::AllOld);
        let deleted = delete.send().await.map_err(|error| failed("DeleteItem", &error))?;
        count_units(&self.counters, Metric::WriteUnits, deleted.consumed_capacity());
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
    /// Reads the binding and the number of messages from an item. `None` when they can't be read.
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
