//! The rules of hello: who joins a call, and who comes back to it.

use crate::{
    UnixMillis,
    limits::{DEVICES_PER_USER, HELLOS_BEFORE_MEDIA, HELLOS_PER_SIDE},
    progress::{
        CallState, ConnectionId, Effects, EventError, Notice, Presence, Progress, Role,
        TerminationReason, Timeouts, party::Party,
    },
};

/// A connection that has proved to belong to a side of the call.
#[derive(Clone, Copy)]
pub(super) struct Hello<'a> {
    pub(super) role: Role,
    /// The connection by which its party has joined, if this is not the first one.
    pub(super) joined_by: Option<&'a ConnectionId>,
    pub(super) connection: &'a ConnectionId,
    pub(super) now: UnixMillis,
    pub(super) timeouts: &'a Timeouts,
}

impl Progress {
    pub(super) fn says_hello(
        &mut self,
        hello: &Hello<'_>,
        effects: &mut Effects,
    ) -> Result<(), EventError> {
        let Hello { role, joined_by, connection, .. } = *hello;
        let is_repeated = self.role(connection).is_some();
        if self.state == CallState::Terminated || is_repeated {
            effects.notify(connection, Notice::Hello(self.state, self.reason_for(role)));
            if !is_repeated {
                effects.closes.push(connection.clone());
            }
            return Ok(());
        }
        if let Some(party) = joined_by.and_then(|joined_by| self.party_of(role, joined_by)) {
            let former = party.returns(connection);
            self.count_hello(role)?;
            self.returned(hello, former, effects);
            return Ok(());
        }
        match role {
            Role::Caller => self.caller_joins(hello, effects),
            Role::Callee => self.device_joins(hello, effects),
        }
    }

    /// Returns the party of a side that has joined by this connection.
    fn party_of(&mut self, role: Role, joined_by: &ConnectionId) -> Option<&mut Party> {
        let has_joined = |party: &&mut Party| party.joined_by() == joined_by;
        match role {
            Role::Caller => self.caller.as_mut().filter(has_joined),
            Role::Callee => self.callees.iter_mut().find(has_joined),
        }
    }

    /// Notifies a party that is back, and the other one.
    fn returned(&mut self, hello: &Hello<'_>, former: Option<ConnectionId>, effects: &mut Effects) {
        let connection = hello.connection;
        if self.state == CallState::Connected {
            self.deadline = None;
        }
        effects.notify(connection, Notice::Hello(self.state, self.reason_for(hello.role)));
        // The other party has to send again what the former connection has perhaps not received,
        // also where nobody has noticed yet that it is gone.
        if let Some(peer) = self.peer(connection) {
            effects.notify(peer, Notice::Peer(Presence::Here));
        }
        effects.closes.extend(former);
    }

    fn caller_joins(&mut self, hello: &Hello<'_>, effects: &mut Effects) -> Result<(), EventError> {
        let Hello { joined_by, connection, now, timeouts, .. } = *hello;
        let was_replaced = joined_by.is_some() && self.has_caller();
        // Until both have media, the caller may be one whom the response to the first hello, with
        // the token to come back by, has not reached.
        if was_replaced || self.state == CallState::Connected {
            return Err(EventError::NotAParty);
        }
        self.count_hello(Role::Caller)?;
        effects.notify(connection, Notice::Hello(self.state, self.reason));
        match self.caller.replace(Party::new(connection)) {
            // It is the same page, loaded again: its token is good for one caller.
            Some(former) => effects.closes.extend(former.connection().cloned()),
            // A caller who leaves while it rings cancels, so this caller comes for the first time.
            None if self.state == CallState::Init => self.wait(timeouts.supervisory, now),
            None if self.state == CallState::Alerting => self.has_rung_since_hello(timeouts),
            None => {}
        }
        Ok(())
    }

    /// Moves the deadline to the end of the ringing that began with the first device's hello. That
    /// device has waited for the caller, and does not ring longer because of it.
    fn has_rung_since_hello(&mut self, timeouts: &Timeouts) {
        let hello = self.deadline.map(|end| end.before(timeouts.supervisory));
        self.deadline = hello.map(|hello| hello.after(timeouts.ringing));
    }

    fn device_joins(&mut self, hello: &Hello<'_>, effects: &mut Effects) -> Result<(), EventError> {
        let Hello { joined_by, connection, now, timeouts, .. } = *hello;
        if !self.is_ringing() {
            let reason = Some(TerminationReason::AnsweredElsewhere);
            effects.notify(connection, Notice::Hello(CallState::Terminated, reason));
            effects.closes.push(connection.clone());
            return Ok(());
        }
        if self.callees.len() >= DEVICES_PER_USER {
            return Err(EventError::TooManyDevices);
        }
        self.count_hello(Role::Callee)?;
        // A device that has left while it rang is no party, and is the same one when it is back.
        let mut device = Party::new(joined_by.unwrap_or(connection));
        device.returns(connection);
        self.callees.push(device);
        if self.state == CallState::Init {
            self.state = CallState::Alerting;
            // The wait for a caller who may never come is the shorter one.
            self.wait(if self.has_caller() { timeouts.ringing } else { timeouts.supervisory }, now);
            self.notify_caller(effects);
        }
        effects.notify(connection, Notice::Hello(self.state, self.reason));
        Ok(())
    }

    /// Counts a connection of one side, so that a token opens only so many.
    fn count_hello(&mut self, role: Role) -> Result<(), EventError> {
        let most = match self.state {
            CallState::Connected => HELLOS_PER_SIDE,
            _ => HELLOS_BEFORE_MEDIA,
        };
        let hellos = match role {
            Role::Caller => &mut self.caller_hellos,
            Role::Callee => &mut self.callee_hellos,
        };
        if *hellos >= most {
            return Err(EventError::TooManyHellos);
        }
        *hellos += 1;
        Ok(())
    }
}
