//! The rules: the state of a call after each event.

use std::time::Duration;

use crate::{
    UnixMillis,
    limits::{DEVICES_PER_USER, HELLOS_BEFORE_MEDIA, HELLOS_PER_SIDE},
    progress::{
        CallState, ConnectionId, Effects, Event, EventError, Notice, Presence, Progress, Role,
        TerminationReason, Timeouts, party::Party,
    },
};

impl Progress {
    /// Returns the call after `event` at `now`, and the effects of the event. A deadline that has
    /// passed is looked at first for every event, so the outcome does not depend on when its timer
    /// comes.
    ///
    /// # Errors
    /// [`EventError`]: the call stays as it is, and only the sender is told.
    pub fn after(
        &self,
        event: &Event,
        now: UnixMillis,
        timeouts: &Timeouts,
    ) -> Result<(Self, Effects), EventError> {
        let mut next = self.clone();
        let mut effects = Effects::default();
        let has_timed_out = self.deadline.is_some_and(|deadline| now >= deadline);
        if has_timed_out {
            if let Event::Disconnected(connection) = event {
                next.leaves(connection);
            }
            next.time_out(&mut effects);
        }
        let role = event.connection().and_then(|connection| self.role(connection));
        match event {
            // Every party has just been told that the call has timed out.
            _ if has_timed_out && role.is_some() => {}
            Event::Join(as_role, _) | Event::Return { role: as_role, .. }
                if role.is_some_and(|role| role != *as_role) =>
            {
                return Err(EventError::WrongRole);
            }
            Event::Join(as_role, connection) => {
                let hello = Hello { role: *as_role, joined_by: None, connection };
                next.says_hello(&hello, now, timeouts, &mut effects)?;
            }
            Event::Return { role: as_role, joined_by, connection } => {
                let hello = Hello { role: *as_role, joined_by: Some(joined_by), connection };
                next.says_hello(&hello, now, timeouts, &mut effects)?;
            }
            Event::Accept(connection) => next.accepted(connection, now, timeouts, &mut effects)?,
            Event::MediaUp(connection) => next.media_up(connection, &mut effects)?,
            Event::Terminate(connection, reason) => {
                next.terminated_by(connection, *reason, &mut effects)?;
            }
            Event::Disconnected(connection) => {
                next.disconnected(connection, now, timeouts, &mut effects);
            }
            Event::Revoked if next.is_ringing() => {
                next.terminate(TerminationReason::Closed, &mut effects);
            }
            Event::Deadline | Event::Revoked => {}
        }
        Ok((next, effects))
    }

    fn says_hello(
        &mut self,
        hello: &Hello<'_>,
        now: UnixMillis,
        timeouts: &Timeouts,
        effects: &mut Effects,
    ) -> Result<(), EventError> {
        let Hello { role, joined_by, connection } = *hello;
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
            // Another page of the caller has taken the place of this one.
            Role::Caller if joined_by.is_some() && self.has_caller() => Err(EventError::NotAParty),
            Role::Caller => self.caller_joins(connection, now, timeouts, effects),
            Role::Callee => self.device_joins(hello, now, timeouts, effects),
        }
    }

    /// Notifies a party that is back, and the other one if it had noticed the absence.
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

    fn caller_joins(
        &mut self,
        connection: &ConnectionId,
        now: UnixMillis,
        timeouts: &Timeouts,
        effects: &mut Effects,
    ) -> Result<(), EventError> {
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

    fn device_joins(
        &mut self,
        hello: &Hello<'_>,
        now: UnixMillis,
        timeouts: &Timeouts,
        effects: &mut Effects,
    ) -> Result<(), EventError> {
        let connection = hello.connection;
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
        let mut device = Party::new(hello.joined_by.unwrap_or(connection));
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

    fn accepted(
        &mut self,
        connection: &ConnectionId,
        now: UnixMillis,
        timeouts: &Timeouts,
        effects: &mut Effects,
    ) -> Result<(), EventError> {
        match (self.role(connection).ok_or(EventError::NotAParty)?, self.state) {
            (Role::Caller, _) => return Err(EventError::WrongRole),
            (Role::Callee, CallState::Alerting) => {}
            (Role::Callee, _) => return Err(EventError::WrongState),
        }
        let is_other = |device: &mut Party| !device.is_here_by(connection);
        for other in self.callees.extract_if(.., is_other) {
            if let Some(other) = other.connection() {
                effects.dismiss(other, TerminationReason::AnsweredElsewhere);
            }
        }
        self.state = CallState::Connecting;
        self.wait(timeouts.connection, now);
        self.notify_all(effects);
        Ok(())
    }

    fn media_up(
        &mut self,
        connection: &ConnectionId,
        effects: &mut Effects,
    ) -> Result<(), EventError> {
        let role = self.role(connection).ok_or(EventError::NotAParty)?;
        match self.state {
            CallState::Connecting | CallState::HalfConnected | CallState::Connected => {}
            CallState::Init | CallState::Alerting | CallState::Terminated => {
                return Err(EventError::WrongState);
            }
        }
        match role {
            Role::Caller => self.caller_has_media = true,
            Role::Callee => self.callee_has_media = true,
        }
        let state = match (self.caller_has_media, self.callee_has_media) {
            (true, true) => CallState::Connected,
            _ => CallState::HalfConnected,
        };
        if state != self.state {
            self.state = state;
            if state == CallState::Connected {
                self.deadline = None;
            }
            self.notify_all(effects);
        }
        Ok(())
    }

    fn terminated_by(
        &mut self,
        connection: &ConnectionId,
        reason: TerminationReason,
        effects: &mut Effects,
    ) -> Result<(), EventError> {
        use TerminationReason::{Busy, Cancel, Closed, MediaFail, Reject};
        let role = self.role(connection).ok_or(EventError::NotAParty)?;
        if self.state == CallState::Terminated {
            return Err(EventError::WrongState);
        }
        match (role, reason) {
            (Role::Caller, Cancel | Closed | MediaFail) => {}
            (Role::Callee, Reject | Busy | Closed | MediaFail) => {}
            _ => return Err(EventError::WrongReason),
        }
        self.terminate(reason, effects);
        Ok(())
    }

    fn disconnected(
        &mut self,
        connection: &ConnectionId,
        now: UnixMillis,
        timeouts: &Timeouts,
        effects: &mut Effects,
    ) {
        let peer = self.peer(connection).cloned();
        let Some(role) = self.leaves(connection) else { return };
        match (self.state, role) {
            (CallState::Init | CallState::Alerting, Role::Caller) => {
                self.terminate(TerminationReason::Cancel, effects);
            }
            // The page may be loading again, and other devices still ring.
            (CallState::Init | CallState::Alerting, Role::Callee) | (CallState::Terminated, _) => {}
            (CallState::Connecting | CallState::HalfConnected | CallState::Connected, _) => {
                match peer {
                    Some(peer) => effects.notify(&peer, Notice::Peer(Presence::Away)),
                    None if self.state == CallState::Connected => self.wait(timeouts.absence, now),
                    None => {}
                }
            }
        }
    }

    /// Removes a connection, and returns the side that it was on. A device that leaves while it
    /// rings is no party any more.
    fn leaves(&mut self, connection: &ConnectionId) -> Option<Role> {
        let role = self.role(connection)?;
        match role {
            Role::Callee if self.is_ringing() => {
                self.callees.retain(|callee| !callee.is_here_by(connection));
            }
            Role::Caller | Role::Callee => {
                let parties = self.caller.iter_mut().chain(&mut self.callees);
                parties.filter(|party| party.is_here_by(connection)).for_each(Party::leaves);
            }
        }
        Some(role)
    }

    /// Returns the party of a side that has joined by this connection.
    fn party_of(&mut self, role: Role, joined_by: &ConnectionId) -> Option<&mut Party> {
        let has_joined = |party: &&mut Party| party.joined_by() == joined_by;
        match role {
            Role::Caller => self.caller.as_mut().filter(has_joined),
            Role::Callee => self.callees.iter_mut().find(has_joined),
        }
    }

    /// Ends a call whose wait is over. One that had come to media has ended before, when both were
    /// away for good.
    fn time_out(&mut self, effects: &mut Effects) {
        self.terminate(
            match self.state {
                CallState::Connected => TerminationReason::Closed,
                _ => TerminationReason::Timeout,
            },
            effects,
        );
    }

    fn terminate(&mut self, reason: TerminationReason, effects: &mut Effects) {
        self.state = CallState::Terminated;
        self.reason = Some(reason);
        self.deadline = None;
        (self.caller_hellos, self.callee_hellos) = (0, 0);
        if let Some(caller) = self.caller.take().as_ref().and_then(Party::connection) {
            effects.dismiss(caller, reason.told_to(Role::Caller));
        }
        for callee in std::mem::take(&mut self.callees).iter().filter_map(Party::connection) {
            effects.dismiss(callee, reason.told_to(Role::Callee));
        }
    }

    fn wait(&mut self, timeout: Duration, now: UnixMillis) {
        self.deadline = Some(now.after(timeout));
    }

    fn notify_caller(&self, effects: &mut Effects) {
        if let Some(caller) = self.caller.as_ref().and_then(Party::connection) {
            effects.notify(caller, Notice::Progress(self.state, self.reason_for(Role::Caller)));
        }
    }

    fn notify_all(&self, effects: &mut Effects) {
        self.notify_caller(effects);
        for callee in self.callees.iter().filter_map(Party::connection) {
            effects.notify(callee, Notice::Progress(self.state, self.reason));
        }
    }
}

/// A connection that has proved to belong to a side of the call.
#[derive(Clone, Copy)]
struct Hello<'a> {
    role: Role,
    /// The connection by which its party has joined, if this is not the first one.
    joined_by: Option<&'a ConnectionId>,
    connection: &'a ConnectionId,
}
