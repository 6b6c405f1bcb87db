//! The channel, with one method for each kind of event that the gateway or the delay queue sends.
//!
//! Each party of a call holds WebSocket connections to a gateway. The gateway invokes a function
//! for every message and for every closed connection; the delay queue invokes one for every timer
//! that is due. Nothing is kept in memory between two events: the function reads the call from the
//! table, advances it by one conditional write, and notifies the parties only after that.
//!
//! ```text
//! message ────────> Messages::handle ──> dispatch ─┐
//! disconnection ──> Channel::disconnected ─────────┼─> Calls::advance
//! due timer ──────> Channel::timer_fired ──────────┘    │
//!                                                       ├─ 1. Store::advance: writes the state
//!                                                       └─ 2. apply_effects
//!                                                             ├─ notify ──> Connections
//!                                                             ├─ schedule > DelayQueue
//!                                                             └─ drop_gone: advances the call
//!                                                                by connections found gone
//! ```
//!
//! So an outage can lose a message, but never the state: a party that connects again is sent the
//! state, and an event that could not be written is sent again by the client, by the queue, or by a
//! timer that the channel sets itself.

use futures_util::future::join;
use loop_core::{
    CallSlot, Clock, Counters, LogFields, Settings, UnavailableError,
    progress::{ConnectionId, Event, Role},
};
use loop_store::{AdvanceError, Binding, ChannelCall};

use crate::{Timer, calls::Calls};

/// The call channel for the events that no client sends: connections that are gone, and timers.
#[derive(Clone, Debug)]
pub struct Channel {
    pub(crate) calls: Calls,
}

impl Channel {
    /// Reads the timeouts (`LOOP_SUPERVISORY_SECONDS`, `LOOP_RINGING_SECONDS`,
    /// `LOOP_CONNECTION_SECONDS`, `LOOP_ABSENCE_SECONDS`), and the settings of [`Store`](loop_store::Store),
    /// [`Connections`](crate::Connections) and [`DelayQueue`](crate::DelayQueue).
    pub fn from_settings(settings: &mut Settings<'_>, clock: &Clock) -> Option<Self> {
        Some(Self { calls: Calls::from_settings(settings, clock)? })
    }

    /// Opens connections to the table and the gateway ahead of time.
    pub async fn warm(&self) {
        join(self.calls.store.warm(), self.calls.connections.warm()).await;
    }

    /// Returns the counters of the store.
    pub fn counters(&self) -> &Counters {
        self.calls.store.counters()
    }

    /// Handles a connection that the gateway reports as gone. The gateway reports it only once, so
    /// after an outage a timer repeats this.
    ///
    /// # Errors
    /// [`UnavailableError`], for the log.
    pub async fn disconnected(
        &self,
        connection: &ConnectionId,
        log: &mut LogFields,
    ) -> Result<(), UnavailableError> {
        let left = self.leave(connection, log).await;
        if left.is_err() {
            self.calls.schedule_leave(connection).await?;
        }
        left
    }

    /// Handles a timer that the queue delivers. The queue may deliver it late or twice. It never
    /// delivers one early, but the clocks of two instances differ.
    ///
    /// # Errors
    /// [`UnavailableError`]: the queue should deliver the timer again.
    pub async fn timer_fired(
        &self,
        timer: &Timer,
        log: &mut LogFields,
    ) -> Result<(), UnavailableError> {
        let now = self.calls.clock.now();
        if now < timer.at() {
            log.add("outcome", "early");
            return self.calls.delay_queue.schedule(timer, now).await;
        }
        match timer {
            Timer::Disconnected { disconnected, .. } => self.leave(disconnected, log).await,
            Timer::Deadline { callee, call, slot, .. } => {
                let Some(slot) = CallSlot::from_number(*slot) else { return Ok(()) };
                // The call can be found with either role.
                let binding = Binding { callee: *callee, call: *call, slot, role: Role::Callee };
                self.deadline_passed(&binding, log).await
            }
        }
    }

    /// Removes a connection from its call. Its binding is deleted last: as long as the binding
    /// exists, all of this can be repeated.
    async fn leave(
        &self,
        connection: &ConnectionId,
        log: &mut LogFields,
    ) -> Result<(), UnavailableError> {
        let Calls { store, clock, .. } = &self.calls;
        let now = clock.now();
        // This counts as a message, but the connection sends no more of them.
        let Some((binding, _)) = store.count_message(connection, now).await? else {
            return Ok(());
        };
        if let Some(call) = store.call_of(&binding, now).await? {
            let event = Event::Disconnected(connection.clone());
            outage_of(self.calls.advance(call, &event, log).await)?;
        }
        store.unbind(connection).await?;
        Ok(())
    }

    /// Ends the call if its present deadline has passed.
    async fn deadline_passed(
        &self,
        binding: &Binding,
        log: &mut LogFields,
    ) -> Result<(), UnavailableError> {
        let now = self.calls.clock.now();
        let call = self.calls.store.call_of(binding, now).await?;
        // A later deadline has a timer of its own.
        let is_due = |call: &ChannelCall| call.progress.deadline().is_some_and(|at| at <= now);
        let Some(call) = call.filter(is_due) else {
            log.add("outcome", "settled");
            return Ok(());
        };
        outage_of(self.calls.advance(call, &Event::Deadline, log).await)
    }
}

/// Returns only the outage. The other errors are dropped: no client has sent the event, so if it
/// comes too late for its call there is nothing left to do.
fn outage_of(advanced: Result<(), AdvanceError>) -> Result<(), UnavailableError> {
    match advanced {
        Err(AdvanceError::Unavailable(unavailable)) => Err(unavailable),
        Ok(()) | Err(AdvanceError::Gone | AdvanceError::Refused(_)) => Ok(()),
    }
}
