//! The channel itself: one method for each thing that can happen.

mod receiving;
mod settings;
mod telling;

use std::time::Duration;

use futures_util::future::join;
use loop_core::{
    CallSlot, Clock, KeyRing, LogFields, Settings, UnavailableError,
    progress::{CallState, ConnectionId, Event, EventError, Role, TerminationReason, Timeouts},
};

use loop_store::{AdvanceError, Binding, ChannelCall, Store};

use crate::{Connections, IceServers, Rejection, Reminder, Reminders, ServerMessage};

pub use receiving::MESSAGES_MAX;

/// When to try again what an outage has prevented.
const AFTER_OUTAGE: Duration = Duration::from_secs(5);

/// The call channel.
///
/// A call's new state is always written before anybody is told of it. What is lost after that is
/// a message, never the state, and whoever comes again is told the state.
#[derive(Clone, Debug)]
pub struct Channel {
    keys: KeyRing,
    store: Store,
    connections: Connections,
    reminders: Reminders,
    ice: IceServers,
    timeouts: Timeouts,
    clock: Clock,
}

impl Channel {
    /// Reads the key ring, the timeouts (`LOOP_SUPERVISORY_SECONDS`, `LOOP_RINGING_SECONDS`,
    /// `LOOP_CONNECTION_SECONDS`), and what [`Store`], [`Connections`], [`Reminders`] and
    /// [`IceServers`] read.
    pub fn from_settings(settings: &mut Settings<'_>, clock: &Clock) -> Option<Self> {
        let keys = KeyRing::from_settings(settings);
        let store = Store::from_settings(settings);
        let connections = Connections::from_settings(settings);
        let reminders = Reminders::from_settings(settings);
        let ice = IceServers::from_settings(settings);
        let timeouts = settings::timeouts(settings);
        Some(Self {
            keys: keys?,
            store: store?,
            connections: connections?,
            reminders: reminders?,
            ice: ice?,
            timeouts: timeouts?,
            clock: clock.clone(),
        })
    }

    /// Opens connections to the table and the gateway ahead of time.
    pub async fn warm(&self) {
        join(self.store.warm(), self.connections.warm()).await;
    }

    /// A message has come by a connection. Whatever is wrong with it, the sender is told.
    ///
    /// # Errors
    /// [`UnavailableError`], for the log: the sender has been told as far as that was possible.
    pub async fn message(
        &self,
        connection: &ConnectionId,
        text: &str,
        log: &mut LogFields,
    ) -> Result<(), UnavailableError> {
        let Err(rejection) = self.receive(connection, text, log).await else { return Ok(()) };
        log.add("errno", rejection.errno());
        let told = self.connections.post(connection, &(&rejection).into()).await;
        if rejection.closes() {
            self.connections.close(connection).await?;
        }
        match rejection {
            Rejection::Unavailable(unavailable) => Err(unavailable),
            // Somebody who is gone need not be told.
            _ => told.map(|_| ()),
        }
    }

    /// The gateway says that a connection is gone. It says so only once, so what an outage
    /// prevents is done later.
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
            self.remind_of_disconnected(connection).await?;
        }
        left
    }

    /// The queue has delivered a reminder: maybe late, maybe twice, maybe before its time, which
    /// SQS does not do, but the clocks of two instances differ.
    ///
    /// # Errors
    /// [`UnavailableError`]: let the queue deliver it again.
    pub async fn reminded(
        &self,
        reminder: &Reminder,
        log: &mut LogFields,
    ) -> Result<(), UnavailableError> {
        let now = self.clock.now();
        if now < reminder.at() {
            log.add("outcome", "early");
            return self.reminders.send(reminder, now).await;
        }
        match reminder {
            Reminder::Disconnected { disconnected, .. } => self.leave(disconnected, log).await,
            Reminder::Deadline { callee, call, slot, .. } => {
                let Some(slot) = CallSlot::from_number(*slot) else { return Ok(()) };
                // The role plays no part in where the call is.
                let seat = Binding { callee: *callee, call: *call, slot, role: Role::Callee };
                self.deadline_passed(&seat, log).await
            }
        }
    }

    /// Takes the call further, then tells everybody whom it concerns.
    async fn advance(
        &self,
        call: ChannelCall,
        event: &Event,
        seat: &Binding,
        log: &mut LogFields,
    ) -> Result<(), Rejection> {
        match self.store.advance(call, event, self.clock.now(), &self.timeouts).await {
            Ok(advanced) => self.settle(advanced, seat, log).await,
            // Another device was faster. Whoever was dismissed meanwhile must not hear of an error
            // before it hears of that.
            Err(AdvanceError::Refused(EventError::NotAParty)) if seat.role == Role::Callee => {
                if let Event::Accept(connection) = event {
                    self.dismiss(connection).await?;
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Tells a device that it is no longer wanted, and closes its connection.
    async fn dismiss(&self, connection: &ConnectionId) -> Result<(), UnavailableError> {
        let elsewhere = ServerMessage::Progress {
            state: CallState::Terminated,
            reason: Some(TerminationReason::AnsweredElsewhere),
        };
        self.connections.post(connection, &elsewhere).await?;
        self.connections.close(connection).await?;
        Ok(())
    }

    /// Takes a connection out of its call. Its seat goes last: as long as it is there, all of this
    /// can be repeated.
    async fn leave(
        &self,
        connection: &ConnectionId,
        log: &mut LogFields,
    ) -> Result<(), UnavailableError> {
        let now = self.clock.now();
        // This counts as a message, but it is the last one.
        let Some((seat, _)) = self.store.count_message(connection, now).await? else {
            return Ok(());
        };
        if let Some(call) = self.store.call_of(&seat, now).await? {
            let event = Event::Disconnected(connection.clone());
            // Otherwise the call is gone, and with it what the connection was to it.
            if let Err(Rejection::Unavailable(unavailable)) =
                self.advance(call, &event, &seat, log).await
            {
                return Err(unavailable);
            }
        }
        self.store.unbind(connection).await?;
        Ok(())
    }

    async fn deadline_passed(
        &self,
        seat: &Binding,
        log: &mut LogFields,
    ) -> Result<(), UnavailableError> {
        let now = self.clock.now();
        let call = self.store.call_of(seat, now).await?;
        // A later wait has a reminder of its own.
        let is_due = |call: &ChannelCall| call.progress.deadline().is_some_and(|at| at <= now);
        let Some(call) = call.filter(is_due) else {
            log.add("outcome", "settled");
            return Ok(());
        };
        match self.store.advance(call, &Event::Deadline, now, &self.timeouts).await {
            Ok(advanced) => self.settle(advanced, seat, log).await,
            Err(AdvanceError::Unavailable(unavailable)) => return Err(unavailable),
            Err(AdvanceError::Gone | AdvanceError::Refused(_)) => {}
        }
        Ok(())
    }
}
