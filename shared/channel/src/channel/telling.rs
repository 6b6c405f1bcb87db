//! Telling everybody whom a change concerns.

use std::collections::BTreeSet;

use futures_util::future::join;
use loop_core::{
    LogFields, UnavailableError,
    progress::{ConnectionId, Event, Notice},
};
use loop_store::{Advanced, Binding, ChannelCall};

use super::{AFTER_OUTAGE, Channel};
use crate::{
    Reminder, ServerMessage,
    notices::{Told, tell},
};

impl Channel {
    /// Does what a change brings with it. The change itself is stored, so nothing here fails it.
    ///
    /// A connection that turns out to be gone is an event of its own, with effects of its own.
    /// Each connection is gone only once, so this ends.
    pub(super) async fn settle(&self, advanced: Advanced, seat: &Binding, log: &mut LogFields) {
        let told = self.carry_out(&advanced, seat).await;
        let gone = told.gone.clone();
        told.note(&advanced.call, log);
        self.settle_without(advanced.call, gone, seat, log).await;
    }

    /// Takes connections that are gone out of a call.
    pub(super) async fn settle_without(
        &self,
        mut call: ChannelCall,
        mut gone: Vec<ConnectionId>,
        seat: &Binding,
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
                let _ = self.remind_of_disconnected(&connection).await;
                continue;
            };
            let told = self.carry_out(&advanced, seat).await;
            let new = told.gone.iter().filter(|connection| known.insert((*connection).clone()));
            gone.extend(new.cloned());
            told.note(&advanced.call, log);
            call = advanced.call;
        }
        if !known.is_empty() {
            log.add("gone", known.len());
        }
    }

    /// Has ourselves told that a connection is gone.
    pub(super) async fn remind_of_disconnected(
        &self,
        connection: &ConnectionId,
    ) -> Result<(), UnavailableError> {
        let now = self.clock.now();
        let at = now.after(AFTER_OUTAGE);
        let reminder = Reminder::Disconnected { disconnected: connection.clone(), at };
        self.reminders.send(&reminder, now).await
    }

    async fn carry_out(&self, advanced: &Advanced, seat: &Binding) -> Told {
        let told =
            tell(&self.connections, &advanced.effects, |notice| self.message_of(notice, seat));
        let (mut told, reminded) = join(told, self.remind(advanced)).await;
        told.failure = told.failure.or(reminded.err());
        told
    }

    /// Sets the timer for a new deadline. Should that fail, the deadline still stands on the call,
    /// and counts with the next event.
    async fn remind(&self, advanced: &Advanced) -> Result<(), UnavailableError> {
        let Some(at) = advanced.new_deadline else { return Ok(()) };
        let ChannelCall { callee, call, slot, .. } = advanced.call;
        let reminder = Reminder::Deadline { callee, call, slot: slot.number(), at };
        self.reminders.send(&reminder, self.clock.now()).await
    }

    /// Hello is an answer: it goes to the sender, whose seat this is.
    fn message_of(&self, notice: Notice, seat: &Binding) -> ServerMessage<'static> {
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
