//! Applying events to a call: one conditional write per event.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use loop_core::{
    UnavailableError, UnixMillis, UnixSeconds,
    limits::CONNECTED_CALL_LIFETIME,
    progress::{CallState, Effects, Event, EventError, Progress, Timeouts},
};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use crate::{
    ChannelCall, Store,
    calls::call_key,
    counting::count_progress,
    item::{not_written, number, ttl},
    schema::{CALL_ID, EXPIRES_AT, PROGRESS, REMOVED_AT_THE_END, REVISION, TTL, WRITE_TOKENS},
    write::Written,
    write_token::{is_written_with, new_write_token, with_write_token, write_tokens_value},
};

/// The number of rounds after which an event gives up. Each lost round means that another event of
/// the same call went through in between; when all devices that may listen say hello at once, the
/// last one loses 20.
const TRIES: usize = 24;

/// The time after its deadline for which a waiting call keeps its slot: the queue may deliver the
/// deadline late, and the parties that wait must be notified nevertheless.
const LATENESS: Duration = Duration::from_mins(1);
/// The same time for a call whose caller has not come, so that it soon keeps no slot from others.
const LATENESS_WITHOUT_CALLER: Duration = Duration::from_secs(5);

/// The assignments that every change of a call makes.
const SET_PROGRESS: &str = "SET #progress = :progress, #revision = :after, #writers = :writers, \
     #expires_at = :expires_at, #ttl = :ttl";

/// The result of an event that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advanced {
    /// The call as the event left it.
    pub call: ChannelCall,
    /// The notices for the parties, and the connections to close.
    pub effects: Effects,
    /// The new deadline of the call, if the event has set one.
    pub new_deadline: Option<UnixMillis>,
}

/// The reason for which an event has changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdvanceError {
    /// The rules refuse the event.
    #[error(transparent)]
    Refused(EventError),
    /// The call's time is over, or another call has taken its slot.
    #[error("the call is gone")]
    Gone,
    /// The event may nevertheless have been applied.
    #[error(transparent)]
    Unavailable(#[from] UnavailableError),
}

impl Store {
    /// Applies `event` to `call`: 1 `UpdateItem`, and another one for each other event that went
    /// through since `call` was read; none when the event changes nothing.
    ///
    /// A repeat whose first response was lost is not applied a second time: every write leaves a
    /// write token, which the repeat recognises.
    ///
    /// # Errors
    /// [`AdvanceError`].
    pub async fn advance(
        &self,
        call: ChannelCall,
        event: &Event,
        now: UnixMillis,
        timeouts: &Timeouts,
    ) -> Result<Advanced, AdvanceError> {
        let token = new_write_token()?;
        let mut before = call;
        for _ in 0..TRIES {
            let applied = before.progress.after(event, now, timeouts);
            let (progress, effects) = applied.map_err(AdvanceError::Refused)?;
            if progress == before.progress {
                return Ok(Advanced { call: before, effects, new_deadline: None });
            }
            let after = before.with(progress, token, now);
            if let Written::Refused(found) = self.replace(&before, &after).await? {
                let found = found.unwrap_or_default();
                // A refusal by our own write, whose response was lost, means that it took effect.
                if !is_written_with(&found, token) {
                    let found = ChannelCall::read(before.callee, found, now);
                    let same = found.filter(|found| found.call == before.call);
                    before = same.ok_or(AdvanceError::Gone)?;
                    continue;
                }
            }
            count_progress(&self.counters, &before.progress, &after.progress);
            let deadline = after.progress.deadline();
            let is_new = deadline != before.progress.deadline();
            let new_deadline = deadline.filter(|_| is_new);
            return Ok(Advanced { call: after, effects, new_deadline });
        }
        Err(UnavailableError::new("advance: too many events at the same time for one call").into())
    }
}

impl Store {
    /// Stores `after` if the stored call is still `before`.
    async fn replace(
        &self,
        before: &ChannelCall,
        after: &ChannelCall,
    ) -> Result<Written, UnavailableError> {
        let condition = match before.revision {
            0 => "#call_id = :call_id AND attribute_not_exists(#revision)",
            _ => "#call_id = :call_id AND #revision = :before",
        };
        let mut update = self
            .update(call_key(before.callee, before.slot))
            .condition_expression(condition)
            .expression_attribute_names("#call_id", CALL_ID)
            .expression_attribute_names("#progress", PROGRESS)
            .expression_attribute_names("#revision", REVISION)
            .expression_attribute_names("#writers", WRITE_TOKENS)
            .expression_attribute_names("#expires_at", EXPIRES_AT)
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":call_id", AttributeValue::S(before.call.to_string()))
            .expression_attribute_values(":progress", progress_value(&after.progress)?)
            .expression_attribute_values(":after", number(after.revision))
            .expression_attribute_values(":writers", write_tokens_value(&after.write_tokens))
            .expression_attribute_values(":expires_at", number(after.expires_at.get()))
            .expression_attribute_values(":ttl", ttl(after.expires_at))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        // DynamoDB refuses a value that no expression uses.
        if before.revision != 0 {
            update = update.expression_attribute_values(":before", number(before.revision));
        }
        let mut expression = String::from(SET_PROGRESS);
        if after.progress.state() == CallState::Terminated {
            for (number, name) in REMOVED_AT_THE_END.into_iter().enumerate() {
                let placeholder = format!("#gone{number}");
                expression.push_str(if number == 0 { " REMOVE " } else { ", " });
                expression.push_str(&placeholder);
                update = update.expression_attribute_names(placeholder, name);
            }
        }
        self.update_if(update.update_expression(expression)).await
    }
}

impl ChannelCall {
    /// Returns the call with `progress`, after a write with this write token.
    fn with(&self, progress: Progress, token: u64, now: UnixMillis) -> Self {
        let expires_at = self.expires_at_with(&progress, now);
        let write_tokens = with_write_token(token, &self.write_tokens);
        let revision = self.revision.saturating_add(1);
        Self { progress, revision, expires_at, write_tokens, ..self.clone() }
    }

    /// Returns until when the call keeps its slot once it has this `progress`.
    fn expires_at_with(&self, progress: &Progress, now: UnixMillis) -> UnixSeconds {
        if progress.state() == CallState::Terminated {
            return now.seconds();
        }
        if !progress.is_ringing() {
            return now.seconds().after(CONNECTED_CALL_LIFETIME);
        }
        let lateness = match progress.has_caller() {
            true => LATENESS,
            false => LATENESS_WITHOUT_CALLER,
        };
        let awaited = progress.deadline().map(|end| end.seconds().after(lateness));
        awaited.map_or(self.expires_at, |awaited| awaited.max(self.expires_at))
    }
}

fn progress_value(progress: &Progress) -> Result<AttributeValue, UnavailableError> {
    to_attribute_value(progress).map_err(|_| not_written())
}
