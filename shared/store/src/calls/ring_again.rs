//! Ringing once more for a call that is stored.

use aws_sdk_dynamodb::types::AttributeValue;
use loop_core::{CallId, UnavailableError, UnixMillis, UserId};

use crate::{
    Earlier, Store,
    calls::item::call_key,
    item::number,
    schema::{CALL_ID, EXPIRES_AT, RUNG_AGAIN},
    write::Written,
    write_token::new_write_token,
};

/// The condition that the slot still has the call, and that no other request has rung it again.
const MAY_RING_AGAIN: &str = "#call_id = :call_id AND #expires_at > :now \
     AND (attribute_not_exists(#rung_again) OR #rung_again = :write_token)";

impl Store {
    /// Lets the first request that asks ring a call once more that an earlier request has placed: 1
    /// `UpdateItem`. `false` when another request has asked before, or when the call is over. A
    /// retry of our own request, whose response was lost, gets the same result.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn ring_again(
        &self,
        callee: UserId,
        call: CallId,
        earlier: Earlier,
        now: UnixMillis,
    ) -> Result<bool, UnavailableError> {
        let update = self
            .update(call_key(callee, earlier.slot))
            .update_expression("SET #rung_again = :write_token")
            .condition_expression(MAY_RING_AGAIN)
            .expression_attribute_names("#rung_again", RUNG_AGAIN)
            .expression_attribute_names("#call_id", CALL_ID)
            .expression_attribute_names("#expires_at", EXPIRES_AT)
            .expression_attribute_values(":write_token", number(new_write_token()?))
            .expression_attribute_values(":now", number(now.seconds().get()))
            .expression_attribute_values(":call_id", AttributeValue::S(call.to_string()));
        Ok(matches!(self.update_if(update).await?, Written::Done(_)))
    }
}
