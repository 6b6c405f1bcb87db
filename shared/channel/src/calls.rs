//! Telling everybody whom a change concerns.

use std::collections::BTreeSet;

use futures_util::future::join;
use loop_core::{
    LogFields, UnavailableError,
    progress::{ConnectionId, Event, Notice},
};
use loop_store::{Advanced, ChannelCall, Seat};

use crate::{
    Channel, ServerMessage, Timer,
    channel::AFTER_OUTAGE,
    notify::{NotifyOutcome, notify_all},
};

impl Channel {
    /// Does what a change brings with it. The change itself is stored, so nothing here fails it.
    ///
    /// A connection that turns out to be gone is an event of its own, with effects of its own.
    /// Each connection is gone only once, so this ends.
    pub(crate) async fn apply_effects(&self, advanced: Advanced, seat: &Seat, log: &mut LogFields) {
        let outcome = self.notify_parties(&advanced, seat).await;
        let gone = outcome.gone.clone();
        outcome.log(&advanced.call, log);
        self.drop_gone(advanced.call, gone, seat, log).await;
    }

    /// Takes connections that are gone out of a call.
    pub(crate) async fn drop_gone(
        &self,
        mut call: ChannelCall,
        mut gone: Vec<ConnectionId>,
        seat: &Seat,
        log: &mut LogFields,
    ) {
        let mut known: BTreeSet<ConnectionId> = gone.iter().cloned().collect();
        while let Some(connection) = gone.pop() {
            let event = Event::Disconnected(connection.clone());
            let now = self.clock.now();
            let Ok(advanced) = self.store.advance(call.clone(), &event, now, &self.timeouts).await
            else {
                log.add("unsettled", connection.as_str());
                // As good as if the gateway had told us, and as late.
                let _ = self.schedule_leave(&connection).await;
                continue;
            };
            let outcome = self.notify_parties(&advanced, seat).await;
            let new = outcome.gone.iter().filter(|connection| known.insert((*connection).clone()));
            gone.extend(new.cloned());
            outcome.log(&advanced.call, log);
            call = advanced.call;
        }
        if !known.is_empty() {
            log.add("gone", known.len());
        }
    }

    /// Has ourselves told that a connection is gone.
    pub(crate) async fn schedule_leave(
        &self,
        connection: &ConnectionId,
    ) -> Result<(), UnavailableError> {
        let now = self.clock.now();
        let at = now.after(AFTER_OUTAGE);
        let timer = Timer::Disconnected { disconnected: connection.clone(), at };
        self.delay_queue.schedule(&timer, now).await
    }

    async fn notify_parties(&self, advanced: &Advanced, seat: &Seat) -> NotifyOutcome {
        let outcome = notify_all(&self.connections, &advanced.effects, |notice| {
            self.message_for(notice, seat)
        });
        let (mut outcome, reminded) = join(outcome, self.schedule_deadline(advanced)).await;
        outcome.failure = outcome.failure.or(reminded.err());
        outcome
    }

    /// Sets the timer for a new deadline. Should that fail, the deadline still stands on the call,
    /// and counts with the next event.
    async fn schedule_deadline(&self, advanced: &Advanced) -> Result<(), UnavailableError> {
        let Some(at) = advanced.new_deadline else { return Ok(()) };
        let ChannelCall { callee, call, slot, .. } = advanced.call;
        let timer = Timer::Deadline { callee, call, slot: slot.number(), at };
        self.delay_queue.schedule(&timer, self.clock.now()).await
    }

    /// Hello is an answer: it goes to the sender, whose seat this is.
    fn message_for(&self, notice: Notice, seat: &Seat) -> ServerMessage<'static> {
        match notice {
            Notice::Progress(state, reason) => ServerMessage::Progress { state, reason },
            Notice::Hello(state, reason) => {
                let now = self.clock.now().seconds();
                let ice_servers = self.ice.for_participant(seat.call, seat.role, now);
                ServerMessage::Hello { role: seat.role, state, reason, ice_servers }
            }
        }
    }
}
