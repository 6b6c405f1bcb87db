//! Telling connections what a change of their call means for them.

use futures_util::future::join_all;
use loop_core::{
    LogFields, UnavailableError,
    progress::{ConnectionId, Effects, Notice},
};
use loop_store::{Advanced, ChannelCall};

use crate::{Connections, Delivery, ServerMessage};

impl Connections {
    /// Tells everybody who is on the channel for one of these calls that it is over, and closes
    /// their connections. The end itself is stored: whoever can't be told now is told when he does
    /// something.
    pub async fn notify_of_end(&self, ended: &[Advanced], log: &mut LogFields) {
        let outcomes =
            join_all(ended.iter().map(|ended| notify_all(self, &ended.effects, progress))).await;
        for (ended, outcome) in ended.iter().zip(outcomes) {
            outcome.log(&ended.call, log);
        }
        log.add("ended", ended.len());
    }
}

/// Nobody has said hello for an end to come about, so there is no other notice.
fn progress(notice: Notice) -> ServerMessage<'static> {
    let (Notice::Progress(state, reason) | Notice::Hello(state, reason)) = notice;
    ServerMessage::Progress { state, reason }
}

/// Tells everybody at once, each in order: nobody waits for somebody else's connection. `message`
/// puts a notice into the words of the protocol.
pub(crate) async fn notify_all<'a>(
    connections: &Connections,
    effects: &Effects,
    message: impl Fn(Notice) -> ServerMessage<'a>,
) -> NotifyOutcome {
    let notifications = Notifications::of(effects);
    let outcomes =
        notifications.iter().map(|notifications| notifications.send(connections, &message));
    join_all(outcomes).await.into_iter().fold(NotifyOutcome::default(), NotifyOutcome::and)
}

/// What one connection is told, in this order, and whether it is closed then.
struct Notifications<'a> {
    connection: &'a ConnectionId,
    notices: Vec<Notice>,
    is_closed: bool,
}

/// What came of telling.
#[derive(Debug, Default)]
pub(crate) struct NotifyOutcome {
    /// How many messages were delivered.
    delivered: u64,
    /// Connections that turned out to be gone.
    pub(crate) gone: Vec<ConnectionId>,
    /// The first failure.
    pub(crate) failure: Option<UnavailableError>,
}

impl<'a> Notifications<'a> {
    async fn send<'b>(
        &self,
        connections: &Connections,
        message: impl Fn(Notice) -> ServerMessage<'b>,
    ) -> NotifyOutcome {
        let mut outcome = NotifyOutcome::default();
        for notice in &self.notices {
            match connections.post(self.connection, &message(*notice)).await {
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

    /// The effects by connection.
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
    fn and(mut self, other: Self) -> Self {
        self.delivered += other.delivered;
        self.gone.extend(other.gone);
        self.failure = self.failure.or(other.failure);
        self
    }

    /// Says it in the log line.
    pub(crate) fn log(self, call: &ChannelCall, log: &mut LogFields) {
        let state = serde_json::to_value(call.progress.state());
        log.add("state", state.unwrap_or_default());
        log.add("told", self.delivered);
        if let Some(failure) = self.failure {
            log.add("untold", failure.cause());
        }
    }
}
