//! The rules: the state of a call after each event.

use std::time::Duration;

use crate::{
    UnixMillis,
    progress::{
        CallState, ConnectionId, Effects, Event, EventError, Notice, Presence, Progress, Role,
        TerminationReason, Timeouts, hello::Hello, party::Party,
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
                let hello = Hello { role: *as_role, joined_by: None, connection, now, timeouts };
                next.says_hello(&hello, &mut effects)?;
            }
            Event::Return { role: as_role, joined_by, connection } => {
                let joined_by = Some(joined_by);
                let hello = Hello { role: *as_role, joined_by, connection, now, timeouts };
                next.says_hello(&hello, &mut effects)?;
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

    /// Ends a call whose wait is over. A conversation waits only while both parties are away, so it
    /// has not timed out but was left.
    fn time_out(&mut self, effects: &mut Effects) {
        let reason = match self.state {
            CallState::Connected => TerminationReason::Closed,
            _ => TerminationReason::Timeout,
        };
        self.terminate(reason, effects);
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

    pub(super) fn wait(&mut self, timeout: Duration, now: UnixMillis) {
        self.deadline = Some(now.after(timeout));
    }

    pub(super) fn notify_caller(&self, effects: &mut Effects) {
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
