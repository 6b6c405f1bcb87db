//! The messages of clients. Only they let somebody into a call, so only their function is given the
//! keys of participants and the secret of the TURN servers.

use loop_core::{
    Clock, Counters, Keys, LogFields, ParticipantToken, Settings, UnavailableError,
    progress::ConnectionId,
};

use crate::{Channel, DispatchError, IceServers, dispatch::Dispatch};

/// The call channel for what clients send.
#[derive(Clone, Debug)]
pub struct Messages {
    keys: Keys<ParticipantToken>,
    ice: IceServers,
    channel: Channel,
}

impl Messages {
    /// Reads `LOOP_PARTICIPANT_KEYS` and the settings of [`Channel`] and [`IceServers`].
    pub fn from_settings(settings: &mut Settings<'_>, clock: &Clock) -> Option<Self> {
        let keys = Keys::from_settings(settings);
        let channel = Channel::from_settings(settings, clock);
        let ice = IceServers::from_settings(settings);
        Some(Self { keys: keys?, ice: ice?, channel: channel? })
    }

    /// Opens connections to the table and the gateway ahead of time.
    pub async fn warm(&self) {
        self.channel.warm().await;
    }

    /// Returns the counters of the store.
    pub fn counters(&self) -> &Counters {
        self.channel.counters()
    }

    /// Handles a message of a client. The client is sent an error as well.
    ///
    /// # Errors
    /// [`UnavailableError`], for the log. The client has been sent the error as far as that was
    /// possible.
    pub async fn handle(
        &self,
        connection: &ConnectionId,
        text: &str,
        log: &mut LogFields,
    ) -> Result<(), UnavailableError> {
        let Self { keys, ice, channel: Channel { calls } } = self;
        let mut dispatch = Dispatch { keys, ice, calls, connection, log: &mut *log };
        let Err(error) = dispatch.message(text).await else { return Ok(()) };
        log.add("errno", error.errno());
        let sent = calls.connections.post(connection, &(&error).into()).await;
        if error.closes() {
            calls.connections.close(connection).await?;
        }
        match error {
            DispatchError::Unavailable(unavailable) => Err(unavailable),
            // A client that is gone needs no error.
            _ => sent.map(|_| ()),
        }
    }
}
