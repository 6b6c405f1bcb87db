//! The rules: the state of a call after each event.

use std::time::Duration;

use crate::{
    UnixMillis,
    limits::DEVICES_PER_USER,
    progress::{
        CallState, ConnectionId, Effects, Event, EventError, Notice, Progress, Role,
        TerminationReason, Timeouts,
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
                next.remove(connection);
            }
            next.terminate(TerminationReason::Timeout, &mut effects);
        }
        let role = event.connection().and_then(|connection| self.role(connection));
        match event {
            // Every party has just been told that the call has timed out.
            _ if has_timed_out && role.is_some() => {}
            Event::Hello(as_role, _) if role.is_some_and(|role| role != *as_role) => {
                return Err(EventError::WrongRole);
            }
            Event::Hello(Role::Caller, connection) => {
                next.caller_says_hello(connection, now, timeouts, &mut effects);
            }
            Event::Hello(Role::Callee, connection) => {
                next.callee_says_hello(connection, now, timeouts, &mut effects)?;
            }
            Event::Accept(connection) => next.accepted(connection, now, timeouts, &mut effects)?,
            Event::MediaUp(connection) => next.media_up(connection, &mut effects)?,
            Event::Terminate(connection, reason) => {
                next.terminated_by(connection, *reason, &mut effects)?;
            }
            Event::Disconnected(connection) => next.disconnected(connection, &mut effects),
            Event::Revoked if next.is_ringing() => {
                next.terminate(TerminationReason::Closed, &mut effects);
            }
            Event::Deadline | Event::Revoked => {}
        }
        Ok((next, effects))
    }

    fn caller_says_hello(
        &mut self,
        connection: &ConnectionId,
        now: UnixMillis,
        timeouts: &Timeouts,
        effects: &mut Effects,
    ) {
        effects.notify(connection, Notice::Hello(self.state, self.reason_for(Role::Caller)));
        if self.state == CallState::Terminated {
            effects.closes.push(connection.clone());
            return;
        }
        match self.caller.replace(connection.clone()) {
            // It is the same page, connected again: its token is good for one caller.
            Some(former) if former != *connection => effects.closes.push(former),
            Some(_) => {}
            // A caller who leaves while it rings cancels, so this caller comes for the first time.
            None if self.state == CallState::Init => self.wait(timeouts.supervisory, now),
            None if self.state == CallState::Alerting => self.has_rung_since_hello(timeouts),
            None => {}
        }
    }

    /// Moves the deadline to the end of the ringing that began with the first device's hello. That
    /// device has waited for the caller, and does not ring longer because of it.
    fn has_rung_since_hello(&mut self, timeouts: &Timeouts) {
        let hello = self.deadline.map(|end| end.before(timeouts.supervisory));
        self.deadline = hello.map(|hello| hello.after(timeouts.ringing));
    }

    fn callee_says_hello(
        &mut self,
        connection: &ConnectionId,
        now: UnixMillis,
        timeouts: &Timeouts,
        effects: &mut Effects,
    ) -> Result<(), EventError> {
        if self.callees.contains(connection) {
            effects.notify(connection, Notice::Hello(self.state, self.reason));
            return Ok(());
        }
        if self.state == CallState::Terminated {
            effects.notify(connection, Notice::Hello(self.state, self.reason));
            effects.closes.push(connection.clone());
            return Ok(());
        }
        if !self.is_ringing() && !self.callees.is_empty() {
            let reason = Some(TerminationReason::AnsweredElsewhere);
            effects.notify(connection, Notice::Hello(CallState::Terminated, reason));
            effects.closes.push(connection.clone());
            return Ok(());
        }
        if self.callees.len() >= DEVICES_PER_USER {
            return Err(EventError::TooManyDevices);
        }
        self.callees.push(connection.clone());
        if self.state == CallState::Init {
            self.state = CallState::Alerting;
            // The wait for a caller who may never come is the shorter one.
            self.wait(if self.has_caller() { timeouts.ringing } else { timeouts.supervisory }, now);
            self.notify_caller(effects);
        }
        effects.notify(connection, Notice::Hello(self.state, self.reason));
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
        for other in std::mem::replace(&mut self.callees, vec![connection.clone()]) {
            if other != *connection {
                effects.dismiss(&other, TerminationReason::AnsweredElsewhere);
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

    fn disconnected(&mut self, connection: &ConnectionId, effects: &mut Effects) {
        let Some(role) = self.remove(connection) else { return };
        match (self.state, role) {
            (CallState::Init | CallState::Alerting, Role::Caller) => {
                self.terminate(TerminationReason::Cancel, effects);
            }
            // The page may be loading again, and other devices still ring.
            (CallState::Init | CallState::Alerting, Role::Callee) => {}
            (CallState::Connecting | CallState::HalfConnected, _) => {
                self.terminate(TerminationReason::Closed, effects);
            }
            // Their media goes on without the channel: the gateway ends every connection after two
            // hours.
            (CallState::Connected, _) if self.caller.is_some() || !self.callees.is_empty() => {}
            (CallState::Connected, _) => self.terminate(TerminationReason::Closed, effects),
            (CallState::Terminated, _) => {}
        }
    }

    /// Removes a connection, and returns the side that it was on.
    fn remove(&mut self, connection: &ConnectionId) -> Option<Role> {
        let role = self.role(connection)?;
        match role {
            Role::Caller => self.caller = None,
            Role::Callee => self.callees.retain(|callee| callee != connection),
        }
        Some(role)
    }

    fn terminate(&mut self, reason: TerminationReason, effects: &mut Effects) {
        self.state = CallState::Terminated;
        self.reason = Some(reason);
        self.deadline = None;
        if let Some(caller) = self.caller.take() {
            effects.dismiss(&caller, reason.told_to(Role::Caller));
        }
        for callee in std::mem::take(&mut self.callees) {
            effects.dismiss(&callee, reason.told_to(Role::Callee));
        }
    }

    fn wait(&mut self, timeout: Duration, now: UnixMillis) {
        self.deadline = Some(now.after(timeout));
    }

    fn notify_caller(&self, effects: &mut Effects) {
        if let Some(caller) = &self.caller {
            effects.notify(caller, Notice::Progress(self.state, self.reason_for(Role::Caller)));
        }
    }

    fn notify_all(&self, effects: &mut Effects) {
        self.notify_caller(effects);
        for callee in &self.callees {
            effects.notify(callee, Notice::Progress(self.state, self.reason));
        }
    }
}
