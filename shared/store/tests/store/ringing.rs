//! A placed call, and the events that may happen to it.

use loop_core::{
    Call, CallId, Participant, UnixMillis,
    progress::{ConnectionId, Event, Role, TerminationReason, Timeouts},
};
use loop_store::{AdvanceError, Advanced, CalleeState, ChannelCall};
use serde_json::Value;

use crate::table::{NOW, Table, after, call, user};

/// A table with one call in it, placed at [`NOW`] for 120 seconds.
pub(crate) struct Ringing {
    pub(crate) table: Table,
    pub(crate) call: Call,
    /// The callee's state before the call.
    pub(crate) free: CalleeState,
}

impl Ringing {
    pub(crate) async fn new() -> Self {
        let table = Table::new().await;
        let call = call(120);
        let free = table.callee(user(1), NOW).await;
        table.store.place(user(1), &free, &call, NOW).await.unwrap();
        table.wire.take();
        Self { table, call, free }
    }

    pub(crate) fn participant(&self, role: Role) -> Participant {
        Participant { callee: user(1), call: self.call.id, role, expires_at: after(180) }
    }

    pub(crate) async fn call_now(&self, now: UnixMillis) -> Option<ChannelCall> {
        self.table.store.find_call(&self.participant(Role::Callee), now).await.unwrap()
    }

    pub(crate) async fn advance(
        &self,
        call: ChannelCall,
        event: &Event,
        now: UnixMillis,
    ) -> Result<Advanced, AdvanceError> {
        self.table.store.advance(call, event, now, &Timeouts::default()).await
    }

    /// Applies an event at [`NOW`].
    pub(crate) async fn happens(&self, event: &Event) -> Result<Advanced, AdvanceError> {
        let call = self.call_now(NOW).await.unwrap();
        self.advance(call, event, NOW).await
    }

    /// Returns the number of calls that ring the callee.
    pub(crate) async fn listed(&self, now: UnixMillis) -> usize {
        self.table.store.pending_calls(user(1), None, now).await.unwrap().len()
    }

    /// Places another call, which looks for a place in the same slot first.
    pub(crate) async fn place_in_same_slot(&self, now: UnixMillis) -> Call {
        let mut bytes = *self.call.id.as_bytes();
        bytes[15] ^= 1;
        let next = Call { id: CallId::from_bytes(bytes), ..call(3600) };
        let state = self.table.callee(user(1), now).await;
        self.table.store.place(user(1), &state, &next, now).await.unwrap();
        next
    }

    /// Returns the one item in the table.
    pub(crate) fn item(&self) -> Value {
        let mut items = self.table.items();
        assert_eq!(items.len(), 1);
        items.remove(0)
    }
}

pub(crate) fn connection(name: &str) -> ConnectionId {
    ConnectionId::new(name)
}

pub(crate) fn caller_hello() -> Event {
    Event::Join(Role::Caller, connection("caller"))
}

/// Makes the event that a device of the callee says hello.
pub(crate) fn hello(device: &str) -> Event {
    Event::Join(Role::Callee, connection(device))
}

pub(crate) fn accept(device: &str) -> Event {
    Event::Accept(connection(device))
}

pub(crate) fn media_up(party: &str) -> Event {
    Event::MediaUp(connection(party))
}

pub(crate) fn terminate(party: &str, reason: TerminationReason) -> Event {
    Event::Terminate(connection(party), reason)
}

pub(crate) fn gone(party: &str) -> Event {
    Event::Disconnected(connection(party))
}
