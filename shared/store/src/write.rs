//! Conditional writes: every rule of the store is the condition of a single write.

use aws_sdk_dynamodb::operation::{
    put_item::{PutItemError, builders::PutItemFluentBuilder},
    update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
};
use loop_core::{Metric, UnavailableError};

use crate::{Store, counting::count_units, item::Item, unavailable::failed};

/// The result of a write with a condition.
pub(crate) enum Written {
    /// The write took effect. The attributes are there where the request asks for them.
    Done(Option<Item>),
    /// The condition failed. The item that is stored is there where the request asks for it.
    Refused(Option<Item>),
}

impl Store {
    /// Puts an item if the condition of `put` holds.
    ///
    /// # Errors
    /// [`UnavailableError`]: the write may nevertheless have taken effect.
    pub(crate) async fn put_if(
        &self,
        put: PutItemFluentBuilder,
    ) -> Result<Written, UnavailableError> {
        match put.send().await {
            Ok(put) => {
                count_units(&self.counters, Metric::WriteUnits, put.consumed_capacity());
                Ok(Written::Done(None))
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Written::Refused(refused.item.clone()))
                }
                _ => Err(failed("PutItem", &error)),
            },
        }
    }

    /// Updates an item if the condition of `update` holds.
    ///
    /// # Errors
    /// [`UnavailableError`]: the write may nevertheless have taken effect.
    pub(crate) async fn update_if(
        &self,
        update: UpdateItemFluentBuilder,
    ) -> Result<Written, UnavailableError> {
        match update.send().await {
            Ok(updated) => {
                count_units(&self.counters, Metric::WriteUnits, updated.consumed_capacity());
                Ok(Written::Done(updated.attributes))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Written::Refused(refused.item.clone()))
                }
                _ => Err(failed("UpdateItem", &error)),
            },
        }
    }
}
