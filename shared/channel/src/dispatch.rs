//! Reads a message of a client, counts it, and handles it by its type.

use std::time::Duration;

use loop_core::{
    Admission, Keys, LogFields, ParticipantToken,
    progress::{CallState, ConnectionId, Event, EventError, Role, TerminationReason},
};
use loop_store::{AdvanceError, Binding, ChannelCall};
use serde_json::value::RawValue;

use crate::{
    Action, ClientMessage, Delivery, DispatchError, IceServers, MessageError, ServerMessage,
    calls::{Admitting, Calls},
};

/// The most messages that one connection may send. No call needs more: two parties that gather
/// candidates on several networks and restart ICE a few times send some hundred.
pub const MESSAGES_MAX: u64 = 400;

/// The lifetime of a connection's binding: API Gateway ends every connection after two hours.
const BINDING_LIFETIME: Duration = Duration::from_mins(2 * 60 + 5);

/// A message of `connection` while it is handled.
pub(crate) struct Dispatch<'a> {
    pub(crate) keys: &'a Keys<ParticipantToken>,
    pub(crate) ice: &'a IceServers,
    pub(crate) calls: &'a Calls,
    pub(crate) connection: &'a ConnectionId,
    pub(crate) log: &'a mut LogFields,
}

impl<'a> Dispatch<'a> {
    /// Handles the message.
    pub(crate) async fn message(&mut self, text: &str) -> Result<(), DispatchError> {
        let message = ClientMessage::parse(text);
        if let Err(MessageError::TooLong) = message {
            return Err(MessageError::TooLong.into());
        }
        self.log.add("message", message.as_ref().map_or("unreadable", ClientMessage::name));
        let now = self.calls.clock.now();
        let Some((binding, count)) = self.calls.store.count_message(self.connection, now).await?
        else {
            return match message {
                Ok(ClientMessage::Hello { token }) => self.hello(&token, None).await,
                _ => Err(DispatchError::BeforeHello),
            };
        };
        if count > MESSAGES_MAX {
            return Err(DispatchError::TooManyMessages);
        }
        match message? {
            ClientMessage::Hello { token } => self.hello(&token, Some(binding)).await,
            ClientMessage::Action(action) => self.act(action, &binding).await,
            ClientMessage::Signal { data } => self.relay(data, &binding).await,
            ClientMessage::Ping => {
                self.calls.connections.post(self.connection, &ServerMessage::Pong).await?;
                Ok(())
            }
        }
    }

    /// Lets the connection into the call that its token names. The binding is stored before the
    /// call is advanced: without it, a disconnection could not be traced to the call.
    async fn hello(&mut self, token: &str, bound: Option<Binding>) -> Result<(), DispatchError> {
        let now = self.calls.clock.now();
        let admission = Admission::verify(self.keys, token, now.seconds())
            .map_err(|_| DispatchError::NotAdmitted)?;
        let call = self.calls.store.find_call(admission.participant(), now).await?;
        let call = call.ok_or(DispatchError::NotAdmitted)?;
        let binding = call.binding(admission.participant().role);
        let bound = match bound {
            Some(bound) => bound,
            None => {
                let expires_at = now.seconds().after(BINDING_LIFETIME);
                self.calls.store.bind(self.connection, &binding, expires_at).await?
            }
        };
        if bound != binding {
            return Err(DispatchError::NotAdmitted);
        }
        let event = admission.event(self.connection.clone());
        let admitting = self.admitting(binding.role);
        match self.calls.advance_for_client(call, &event, &admitting, self.log).await {
            Err(AdvanceError::Refused(EventError::NotAParty)) => Err(DispatchError::NotAdmitted),
            advanced => Ok(advanced?),
        }
    }

    /// Applies an action to the call.
    async fn act(&mut self, action: Action, binding: &Binding) -> Result<(), DispatchError> {
        let Some(call) = self.ongoing_call(binding).await? else { return Ok(()) };
        let event = action.event(self.connection.clone());
        let admitting = self.admitting(binding.role);
        let advanced = self.calls.advance_for_client(call, &event, &admitting, self.log).await;
        self.outcome_of(advanced, &event, binding).await
    }

    fn admitting(&self, sender: Role) -> Admitting<'a> {
        Admitting { ice: self.ice, keys: self.keys, sender }
    }

    /// Passes signalling on to the other party.
    async fn relay(&mut self, data: &RawValue, binding: &Binding) -> Result<(), DispatchError> {
        let Some(call) = self.ongoing_call(binding).await? else { return Ok(()) };
        let peer = call.progress.peer(self.connection).ok_or(DispatchError::NoPeer)?.clone();
        match self.calls.connections.post(&peer, &ServerMessage::Signal { data }).await? {
            Delivery::Delivered => {}
            Delivery::Gone => self.calls.drop_gone(call, vec![peer], self.log).await,
        }
        Ok(())
    }

    /// Reads the call of the connection. If the call is over, the client has not learnt of that: it
    /// is sent the end, and `None` is returned.
    async fn ongoing_call(&self, binding: &Binding) -> Result<Option<ChannelCall>, DispatchError> {
        let call = self.calls.store.call_of(binding, self.calls.clock.now()).await?;
        let call = call.ok_or(DispatchError::NotAdmitted)?;
        if call.progress.state() != CallState::Terminated {
            return Ok(Some(call));
        }
        self.dismiss(call.progress.reason_for(binding.role)).await?;
        Ok(None)
    }

    /// Returns what the client is told of its action. A device that is no longer a party was
    /// dismissed, because another one was faster. It must learn of that before it learns of an
    /// error, so it gets no error.
    async fn outcome_of(
        &self,
        advanced: Result<(), AdvanceError>,
        event: &Event,
        binding: &Binding,
    ) -> Result<(), DispatchError> {
        match advanced {
            Err(AdvanceError::Refused(EventError::NotAParty)) if binding.role == Role::Callee => {
                if let Event::Accept(_) = event {
                    self.dismiss(Some(TerminationReason::AnsweredElsewhere)).await?;
                }
                Ok(())
            }
            advanced => Ok(advanced?),
        }
    }

    /// Tells the client that the call is over for it, and closes its connection.
    async fn dismiss(&self, reason: Option<TerminationReason>) -> Result<(), DispatchError> {
        let end =
            ServerMessage::Progress { state: CallState::Terminated, reason, ice_servers: None };
        self.calls.connections.post(self.connection, &end).await?;
        self.calls.connections.close(self.connection).await?;
        Ok(())
    }
}
