//! Notifies connections of a change of their call.

use futures_util::future::join_all;
use loop_core::{
    LogFields, UnavailableError,
    progress::{ConnectionId, Effects, Notice},
};
use loop_store::{Advanced, ChannelCall};

use crate::{Connections, Delivery, ServerMessage};

impl Connections {
    /// Notifies all parties of `ended` calls that the call is over, and closes their connections.
    /// The end itself is stored, so a client that cannot be notified now is sent the end when it
    /// sends its next message.
    pub async fn notify_of_end(&self, ended: &[Advanced], log: &mut LogFields) {
        let outcomes = join_all(
            ended
                .iter()
                .map(|ended| notify_all(self, &ended.effects, |_, notice| message_of(notice))),
        )
        .await;
        for (ended, outcome) in ended.iter().zip(outcomes) {
            outcome.log(&ended.call, log);
        }
        log.add("ended", ended.len());
    }
}

/// Builds the message that says `notice`, where no client has sent something: what only hello and
/// an accept are replied to is not in it.
pub(crate) fn message_of(notice: Notice) -> ServerMessage<'static> {
    match notice {
        Notice::Progress(state, reason) | Notice::Hello(state, reason) => {
            ServerMessage::Progress { state, reason, ice_servers: None }
        }
        Notice::Peer(state) => ServerMessage::Peer { state },
    }
}

/// Notifies all connections at once, so that none waits for another one, and each in order.
/// `message` builds the message that says a notice to a connection.
pub(crate) async fn notify_all<'a>(
    connections: &Connections,
    effects: &Effects,
    message: impl Fn(&ConnectionId, Notice) -> ServerMessage<'a>,
) -> NotifyOutcome {
    let notifications = Notifications::of(effects);
    let outcomes =
        notifications.iter().map(|notifications| notifications.send(connections, &message));
    join_all(outcomes).await.into_iter().fold(NotifyOutcome::default(), NotifyOutcome::and)
}

/// The notices for one connection, in order, and whether the connection is closed after them.
struct Notifications<'a> {
    connection: &'a ConnectionId,
    notices: Vec<Notice>,
    is_closed: bool,
}

/// The outcome of notifying connections.
#[derive(Debug, Default)]
pub(crate) struct NotifyOutcome {
    /// The number of messages that were delivered.
    delivered: u64,
    /// Connections that turned out to be gone.
    pub(crate) gone: Vec<ConnectionId>,
    /// The first failure.
    pub(crate) failure: Option<UnavailableError>,
}

impl<'a> Notifications<'a> {
    /// Posts the notices until the connection turns out to be gone, and closes it if the effects
    /// say so.
    async fn send<'b>(
        &self,
        connections: &Connections,
        message: impl Fn(&ConnectionId, Notice) -> ServerMessage<'b>,
    ) -> NotifyOutcome {
        let mut outcome = NotifyOutcome::default();
        for notice in &self.notices {
            match connections.post(self.connection, &message(self.connection, *notice)).await {
                Ok(Delivery::Delivered) => outcome.delivered += 1,
                Ok(Delivery::Gone) => {
                    outcome.gone.push(self.connection.clone());
                    return outcome;
                }
                Err(unavailable) => outcome.failure = outcome.failure.or(Some(unavailable)),
            }
        }
        if self.is_closed {
            let closed = connections.close(self.connection).await;
            outcome.failure = outcome.failure.or(closed.err());
        }
        outcome
    }

    /// Sorts effects by connection.
    fn of(effects: &'a Effects) -> Vec<Self> {
        let mut notifications: Vec<Self> = Vec::new();
        for (connection, notice) in &effects.notices {
            Self::to(&mut notifications, connection).notices.push(*notice);
        }
        for connection in &effects.closes {
            Self::to(&mut notifications, connection).is_closed = true;
        }
        notifications
    }

    /// Returns the notifications to `connection`, which are empty at first.
    fn to<'b>(notifications: &'b mut Vec<Self>, connection: &'a ConnectionId) -> &'b mut Self {
        let known = notifications.iter().position(|known| known.connection == connection);
        let index = known.unwrap_or_else(|| {
            notifications.push(Self { connection, notices: Vec::new(), is_closed: false });
            notifications.len() - 1
        });
        &mut notifications[index]
    }
}

impl NotifyOutcome {
    /// Returns the combination of two outcomes.
    fn and(mut self, other: Self) -> Self {
        self.delivered += other.delivered;
        self.gone.extend(other.gone);
        self.failure = self.failure.or(other.failure);
        self
    }

    /// Adds the outcome and the state of `call` to the log fields.
    pub(crate) fn log(self, call: &ChannelCall, log: &mut LogFields) {
        let state = serde_json::to_value(call.progress.state());
        log.add("state", state.unwrap_or_default());
        log.add("told", self.delivered);
        if let Some(failure) = self.failure {
            log.add("untold", failure.cause());
        }
    }
}
