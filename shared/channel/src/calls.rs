//! Advances calls: stores the new state first, then applies its effects.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join;
use loop_core::{
    Clock, Keys, LogFields, Participant, ParticipantToken, Settings, UnavailableError, UnixSeconds,
    limits::CONNECTED_CALL_LIFETIME,
    progress::{CallState, ConnectionId, Event, Notice, Role, Timeouts},
};
use loop_store::{AdvanceError, Advanced, ChannelCall, Store};

use crate::{
    Connections, DelayQueue, IceServers, ServerMessage, Timer,
    notify::{NotifyOutcome, message_of, notify_all},
    timeouts::timeouts,
};

/// The time from an outage to the second try of the event that the outage has prevented.
const OUTAGE_DELAY: Duration = Duration::from_secs(5);

/// The stored calls, with everything that is needed to advance them and to notify their parties.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    pub(crate) store: Store,
    pub(crate) connections: Connections,
    pub(crate) delay_queue: DelayQueue,
    pub(crate) clock: Clock,
    timeouts: Timeouts,
}

/// What those who are let into a call are given beside its state.
pub(crate) struct Admitting<'a> {
    /// The servers that help them to connect.
    pub(crate) ice: &'a IceServers,
    /// The keys that sign the tokens by which they can come back.
    pub(crate) keys: &'a Keys<ParticipantToken>,
    /// The side of the client whose message is handled, which alone a response to hello goes to.
    pub(crate) sender: Role,
}

impl Calls {
    /// Reads the settings of all parts.
    pub(crate) fn from_settings(settings: &mut Settings<'_>, clock: &Clock) -> Option<Self> {
        let (store, aws) = Store::with_aws(settings);
        let connections = Connections::from_settings(settings, aws.as_ref());
        let delay_queue = DelayQueue::from_settings(settings, aws.as_ref());
        let timeouts = timeouts(settings);
        Some(Self {
            store: store?,
            connections: connections?,
            delay_queue: delay_queue?,
            clock: clock.clone(),
            timeouts: timeouts?,
        })
    }

    /// Applies an event that no client has sent to `call`, and notifies the parties.
    pub(crate) async fn advance(
        &self,
        call: ChannelCall,
        event: &Event,
        log: &mut LogFields,
    ) -> Result<(), AdvanceError> {
        self.apply(call, event, |_, _, notice| message_of(notice), log).await
    }

    /// Applies an event of a client to `call`, and notifies the parties.
    pub(crate) async fn advance_for_client(
        &self,
        call: ChannelCall,
        event: &Event,
        admitting: &Admitting<'_>,
        log: &mut LogFields,
    ) -> Result<(), AdvanceError> {
        let now = self.clock.now().seconds();
        let message = |call: &ChannelCall, connection: &ConnectionId, notice| {
            admitting.message(call, connection, notice, now)
        };
        self.apply(call, event, message, log).await
    }

    /// Stores the change first. No failure of its effects undoes it.
    async fn apply(
        &self,
        call: ChannelCall,
        event: &Event,
        message: impl Fn(&ChannelCall, &ConnectionId, Notice) -> ServerMessage<'static>,
        log: &mut LogFields,
    ) -> Result<(), AdvanceError> {
        let advanced = self.store.advance(call, event, self.clock.now(), &self.timeouts).await?;
        let message =
            |connection: &ConnectionId, notice| message(&advanced.call, connection, notice);
        let mut outcome = self.notify_parties(&advanced, message).await;
        let gone = std::mem::take(&mut outcome.gone);
        outcome.log(&advanced.call, log);
        self.drop_gone(advanced.call, gone, log).await;
        Ok(())
    }

    /// Notifies the parties and, at the same time, schedules the new deadline.
    async fn notify_parties(
        &self,
        advanced: &Advanced,
        message: impl Fn(&ConnectionId, Notice) -> ServerMessage<'static>,
    ) -> NotifyOutcome {
        let notified = notify_all(&self.connections, &advanced.effects, message);
        let (mut outcome, scheduled) = join(notified, self.schedule_deadline(advanced)).await;
        outcome.failure = outcome.failure.or(scheduled.err());
        outcome
    }

    /// Schedules a new deadline. If that fails, the deadline is still stored with the call, and
    /// counts with the next event.
    async fn schedule_deadline(&self, advanced: &Advanced) -> Result<(), UnavailableError> {
        let Some(at) = advanced.new_deadline else { return Ok(()) };
        let ChannelCall { callee, call, slot, .. } = advanced.call;
        let timer = Timer::Deadline { callee, call, slot: slot.number(), at };
        self.delay_queue.schedule(&timer, self.clock.now()).await
    }

    /// Removes connections that are gone from a call.
    ///
    /// Each of them is an event of its own, with effects of its own, which may find further
    /// connections gone. A connection is removed only once, so this ends.
    pub(crate) async fn drop_gone(
        &self,
        mut call: ChannelCall,
        mut gone: Vec<ConnectionId>,
        log: &mut LogFields,
    ) {
        let mut known: BTreeSet<ConnectionId> = gone.iter().cloned().collect();
        while let Some(connection) = gone.pop() {
            let event = Event::Disconnected(connection.clone());
            let now = self.clock.now();
            let Ok(advanced) = self.store.advance(call.clone(), &event, now, &self.timeouts).await
            else {
                log.add("unsettled", connection.as_str());
                // If this fails too, the gateway still reports the connection as gone, or a
                // deadline ends the call.
                let _ = self.schedule_leave(&connection).await;
                continue;
            };
            let outcome = self.notify_parties(&advanced, |_, notice| message_of(notice)).await;
            let new = outcome.gone.iter().filter(|connection| known.insert((*connection).clone()));
            gone.extend(new.cloned());
            outcome.log(&advanced.call, log);
            call = advanced.call;
        }
        if !known.is_empty() {
            log.add("gone", known.len());
        }
    }

    /// Schedules the removal of a connection that an outage has prevented.
    pub(crate) async fn schedule_leave(
        &self,
        connection: &ConnectionId,
    ) -> Result<(), UnavailableError> {
        let now = self.clock.now();
        let at = now.after(OUTAGE_DELAY);
        let timer = Timer::Disconnected { disconnected: connection.clone(), at };
        self.delay_queue.schedule(&timer, now).await
    }
}

impl Admitting<'_> {
    /// Builds the message that says `notice` to a connection.
    fn message(
        &self,
        call: &ChannelCall,
        connection: &ConnectionId,
        notice: Notice,
        now: UnixSeconds,
    ) -> ServerMessage<'static> {
        let ice_servers =
            |role| self.ice.for_party(&call.binding(role), call.progress.state(), now);
        match notice {
            Notice::Hello(state, reason) => {
                let role = self.sender;
                let joined_by = call.progress.joined_by(connection);
                let session_token = joined_by.map(|joined_by| {
                    let expires_at = now.after(CONNECTED_CALL_LIFETIME);
                    let ChannelCall { callee, call, .. } = *call;
                    let participant = Participant { callee, call, role, expires_at };
                    participant.sign_return(joined_by, self.keys).expose().to_owned()
                });
                let ice_servers = ice_servers(role);
                ServerMessage::Hello { role, state, reason, ice_servers, session_token }
            }
            Notice::Progress(state @ CallState::Connecting, reason) => {
                let party = call.progress.role(connection);
                let ice_servers = party.filter(|_| self.ice.can_relay()).map(ice_servers);
                ServerMessage::Progress { state, reason, ice_servers }
            }
            Notice::Progress(..) | Notice::Peer(_) => message_of(notice),
        }
    }
}
