//! What a message of a client brings about.

use std::time::Duration;

use loop_core::{
    LogFields, Participant, UnavailableError,
    progress::{CallState, ConnectionId, Event},
};
use loop_store::{Binding, ChannelCall};
use serde_json::value::RawValue;

use super::Channel;
use crate::{ClientMessage, Delivery, MessageError, Rejection, ServerMessage};

/// More messages than any call needs: two parties that gather candidates on several networks and
/// restart ICE a few times send some hundred.
pub const MESSAGES_MAX: u64 = 400;

/// How long we remember where a connection belongs: API Gateway ends every connection
/// after two hours.
const SEAT_LIFETIME: Duration = Duration::from_mins(2 * 60 + 5);

impl Channel {
    pub(super) async fn receive(
        &self,
        connection: &ConnectionId,
        text: &str,
        log: &mut LogFields,
    ) -> Result<(), Rejection> {
        let message = ClientMessage::parse(text);
        if let Err(MessageError::TooLong) = message {
            return Err(MessageError::TooLong.into());
        }
        log.add("message", message.as_ref().map_or("unreadable", ClientMessage::name));
        let counted = self.store.count_message(connection, self.clock.now()).await?;
        let Some((seat, count)) = counted else {
            return match message {
                Ok(ClientMessage::Hello { token }) => {
                    self.hello(connection, &token, None, log).await
                }
                _ => Err(Rejection::BeforeHello),
            };
        };
        if count > MESSAGES_MAX {
            return Err(Rejection::TooManyMessages);
        }
        match message? {
            ClientMessage::Hello { token } => self.hello(connection, &token, Some(seat), log).await,
            ClientMessage::Action(action) => {
                let call = self.call_of(&seat).await?;
                if self.is_over(&call, connection, &seat).await? {
                    return Ok(());
                }
                self.advance(call, &action.event(connection.clone()), &seat, log).await
            }
            ClientMessage::Signal { data } => self.relay(connection, &seat, data, log).await,
            ClientMessage::Ping => {
                self.connections.post(connection, &ServerMessage::Pong).await?;
                Ok(())
            }
        }
    }

    /// Lets a connection into the call that its token names. The seat is stored first: without
    /// it, nobody would know what to do when the connection is gone.
    async fn hello(
        &self,
        connection: &ConnectionId,
        token: &str,
        seated: Option<Binding>,
        log: &mut LogFields,
    ) -> Result<(), Rejection> {
        let now = self.clock.now();
        let participant = Participant::verify(&self.keys, token, now.seconds())
            .map_err(|_| Rejection::NotAdmitted)?;
        let call = self.store.find_call(&participant, now).await?;
        let call = call.ok_or(Rejection::NotAdmitted)?;
        let seat = call.binding(participant.role);
        match seated {
            None => {
                let until = now.seconds().after(SEAT_LIFETIME);
                self.store.bind(connection, &seat, until).await?;
            }
            Some(seated) if seated != seat => return Err(Rejection::NotAdmitted),
            Some(_) => {}
        }
        let event = Event::Hello(seat.role, connection.clone());
        self.advance(call, &event, &seat, log).await
    }

    /// Hands signalling on to the other party.
    async fn relay(
        &self,
        connection: &ConnectionId,
        seat: &Binding,
        data: &RawValue,
        log: &mut LogFields,
    ) -> Result<(), Rejection> {
        let call = self.call_of(seat).await?;
        if self.is_over(&call, connection, seat).await? {
            return Ok(());
        }
        let peer = call.progress.peer(connection).ok_or(Rejection::NoPeer)?.clone();
        match self.connections.post(&peer, &ServerMessage::Signal { data }).await? {
            Delivery::Delivered => {}
            Delivery::Gone => self.settle_without(call, vec![peer], seat, log).await,
        }
        Ok(())
    }

    /// Whether the call is over. Then whoever still acts on it has missed that, and is told.
    async fn is_over(
        &self,
        call: &ChannelCall,
        connection: &ConnectionId,
        seat: &Binding,
    ) -> Result<bool, UnavailableError> {
        let (state, reason) = (call.progress.state(), call.progress.reason_for(seat.role));
        if state != CallState::Terminated {
            return Ok(false);
        }
        self.connections.post(connection, &ServerMessage::Progress { state, reason }).await?;
        self.connections.close(connection).await?;
        Ok(true)
    }

    async fn call_of(&self, seat: &Binding) -> Result<ChannelCall, Rejection> {
        let call = self.store.call_of(seat, self.clock.now()).await?;
        call.ok_or(Rejection::NotAdmitted)
    }
}
