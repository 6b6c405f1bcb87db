//! Participant tokens, which let one side of one call into the call channel.

use crate::{
    CallId, Keys, ParticipantToken, TokenError, UnixSeconds, UserId,
    callee_mask::{CalleeMask, MaskNonce},
    progress::{ConnectionId, Event, Role},
    purpose::{SignedToken, sealed::Purpose},
    token::{self, Buffer, Opened},
};

/// One side of one call, for a time: what a participant token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participant {
    /// The user whose call it is: the partition that it is stored in.
    pub callee: UserId,
    /// The call.
    pub call: CallId,
    /// The side of the call.
    pub role: Role,
    /// The first second at which the token lets no connection in any more.
    pub expires_at: UnixSeconds,
}

impl SignedToken for ParticipantToken {}

impl Purpose for ParticipantToken {
    const NAME: &'static str = "participant";
    const SETTING: &'static str = "LOOP_PARTICIPANT_KEYS";
    const LABEL: &'static [u8] = b"loop participant v1";
    const MASK_LABEL: &'static [u8] = b"loop participant callee v2";
    const VERSION: u8 = 2;
    type Mask = CalleeMask;
}

/// What a participant token lets its holder do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The holder joins a call that rings. Whoever has the token may do so.
    Join(Participant),
    /// The holder has joined before, and comes back over another connection. The service gives this
    /// token to each connection that says hello.
    Return {
        /// The side of the call that it is.
        participant: Participant,
        /// The connection by which it joined.
        joined_by: ConnectionId,
    },
}

/// The first byte of what follows the id of the call: the side, and what the token is for.
mod kind {
    pub(super) const CALLER_JOINS: u8 = 0;
    pub(super) const CALLEE_JOINS: u8 = 1;
    pub(super) const CALLER_RETURNS: u8 = 2;
    pub(super) const CALLEE_RETURNS: u8 = 3;
}

impl Participant {
    /// Signs a token with the first key, by which its holder can join.
    pub fn sign(&self, keys: &Keys<ParticipantToken>) -> ParticipantToken {
        let kind = match self.role {
            Role::Caller => kind::CALLER_JOINS,
            Role::Callee => kind::CALLEE_JOINS,
        };
        self.seal(keys, kind, &[])
    }

    /// Signs a token with the first key, by which who has joined by this connection can come back.
    pub fn sign_return(
        &self,
        joined_by: &ConnectionId,
        keys: &Keys<ParticipantToken>,
    ) -> ParticipantToken {
        let kind = match self.role {
            Role::Caller => kind::CALLER_RETURNS,
            Role::Callee => kind::CALLEE_RETURNS,
        };
        self.seal(keys, kind, joined_by.as_str().as_bytes())
    }

    fn seal(&self, keys: &Keys<ParticipantToken>, kind: u8, rest: &[u8]) -> ParticipantToken {
        let key = keys.signing();
        let callee = key.mask.mask(nonce(self.call), self.callee);
        let expires_at = self.expires_at.to_bytes();
        let parts: [&[u8]; 5] = [&expires_at, &callee, self.call.as_bytes(), &[kind], rest];
        ParticipantToken::new(token::seal(key, &parts))
    }
}

impl Admission {
    /// Verifies the tag of a token, then checks the time.
    ///
    /// # Errors
    /// [`TokenError`] tells an expired token from texts that are no token.
    pub fn verify(
        keys: &Keys<ParticipantToken>,
        text: &str,
        now: UnixSeconds,
    ) -> Result<Self, TokenError> {
        let mut buffer = Buffer::new();
        let token = token::open(keys, text, &mut buffer)?;
        let admission = decode(&token).ok_or(TokenError::Invalid)?;
        if now >= admission.participant().expires_at {
            return Err(TokenError::Expired);
        }
        Ok(admission)
    }

    /// Returns the side of the call that it is for.
    pub fn participant(&self) -> &Participant {
        match self {
            Self::Join(participant) | Self::Return { participant, .. } => participant,
        }
    }

    /// Returns the event that it is for the call when its holder says hello on `connection`.
    pub fn event(&self, connection: ConnectionId) -> Event {
        match self {
            Self::Join(Participant { role, .. }) => Event::Join(*role, connection),
            Self::Return { participant: Participant { role, .. }, joined_by } => {
                Event::Return { role: *role, joined_by: joined_by.clone(), connection }
            }
        }
    }
}

fn decode(token: &Opened<'_, ParticipantToken>) -> Option<Admission> {
    let (expires_at, rest) = token.body.split_first_chunk()?;
    let (callee, rest) = rest.split_first_chunk()?;
    let (call, rest) = rest.split_first_chunk()?;
    let (kind, joined_by) = rest.split_first()?;
    let call = CallId::from_bytes(*call);
    let callee = match token.version {
        1 => UserId::from_bytes(*callee),
        _ => token.key.mask.unmask(nonce(call), *callee),
    };
    let (role, returns) = match (token.version, *kind) {
        (_, kind::CALLER_JOINS) => (Role::Caller, false),
        (_, kind::CALLEE_JOINS) => (Role::Callee, false),
        (2, kind::CALLER_RETURNS) => (Role::Caller, true),
        (2, kind::CALLEE_RETURNS) => (Role::Callee, true),
        _ => return None,
    };
    let expires_at = UnixSeconds::from_bytes(*expires_at);
    let participant = Participant { callee, call, role, expires_at };
    match (returns, joined_by) {
        (false, []) => Some(Admission::Join(participant)),
        (true, [_, ..]) => {
            let joined_by = ConnectionId::new(str::from_utf8(joined_by).ok()?);
            Some(Admission::Return { participant, joined_by })
        }
        _ => None,
    }
}

/// Returns as much of the id of the call as there is room for: 120 bits that are random, or of a
/// hash. Both tokens of a call have the same nonce, and hide the same callee.
fn nonce(call: CallId) -> MaskNonce {
    let [nonce @ .., _] = *call.as_bytes();
    nonce
}
