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
    pub async fn tell_of_end(&self, ended: &[Advanced], log: &mut LogFields) {
        let told = join_all(ended.iter().map(|ended| tell(self, &ended.effects, progress))).await;
        for (ended, told) in ended.iter().zip(told) {
            told.note(&ended.call, log);
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
pub(crate) async fn tell<'a>(
    connections: &Connections,
    effects: &Effects,
    message: impl Fn(Notice) -> ServerMessage<'a>,
) -> Told {
    let stories = Story::of(effects);
    let told = stories.iter().map(|story| story.tell(connections, &message));
    join_all(told).await.into_iter().fold(Told::default(), Told::and)
}

/// What one connection is told, in this order, and whether it is closed then.
struct Story<'a> {
    connection: &'a ConnectionId,
    notices: Vec<Notice>,
    is_closed: bool,
}

/// What came of telling.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// How many messages were delivered.
    delivered: u64,
    /// Connections that turned out to be gone.
    pub(crate) gone: Vec<ConnectionId>,
    /// The first failure.
    pub(crate) failure: Option<UnavailableError>,
}

impl<'a> Story<'a> {
    async fn tell<'b>(
        &self,
        connections: &Connections,
        message: impl Fn(Notice) -> ServerMessage<'b>,
    ) -> Told {
        let mut told = Told::default();
        for notice in &self.notices {
            match connections.post(self.connection, &message(*notice)).await {
                Ok(Delivery::Delivered) => told.delivered += 1,
                Ok(Delivery::Gone) => {
                    told.gone.push(self.connection.clone());
                    return told;
                }
                Err(unavailable) => told.failure = told.failure.or(Some(unavailable)),
            }
        }
        if self.is_closed {
            let closed = connections.close(self.connection).await;
            told.failure = told.failure.or(closed.err());
        }
        told
    }

    /// The effects by connection.
    fn of(effects: &'a Effects) -> Vec<Self> {
        let mut stories: Vec<Self> = Vec::new();
        for (connection, notice) in &effects.notices {
            Self::about(&mut stories, connection).notices.push(*notice);
        }
        for connection in &effects.closes {
            Self::about(&mut stories, connection).is_closed = true;
        }
        stories
    }

    fn about<'b>(stories: &'b mut Vec<Self>, connection: &'a ConnectionId) -> &'b mut Self {
        let known = stories.iter().position(|story| story.connection == connection);
        let index = known.unwrap_or_else(|| {
            stories.push(Self { connection, notices: Vec::new(), is_closed: false });
            stories.len() - 1
        });
        &mut stories[index]
    }
}

impl Told {
    fn and(mut self, other: Self) -> Self {
        self.delivered += other.delivered;
        self.gone.extend(other.gone);
        self.failure = self.failure.or(other.failure);
        self
    }

    /// Says it in the log line.
    pub(crate) fn note(self, call: &ChannelCall, log: &mut LogFields) {
        let state = serde_json::to_value(call.progress.state());
        log.add("state", state.unwrap_or_default());
        log.add("told", self.delivered);
        if let Some(failure) = self.failure {
            log.add("untold", failure.cause());
        }
    }
}
