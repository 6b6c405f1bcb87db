//! Participant tokens: what lets one side of one call into the call channel.

use crate::{
    CallId, KeyRing, ParticipantToken, TokenError, UnixSeconds, UserId,
    progress::Role,
    token::{self, Purpose},
};

/// Proof that whoever has it is one side of one call: made when the call is placed, or verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Whose call it is: the partition that it is stored in.
    pub callee: UserId,
    /// Which call.
    pub call: CallId,
    /// Which side.
    pub role: Role,
    /// The first second at which it no longer lets anybody in.
    pub expires_at: UnixSeconds,
}

impl Participant {
    /// Signs it with the first key of the ring.
    pub fn sign(&self, ring: &KeyRing) -> ParticipantToken {
        let role = match self.role {
            Role::Caller => 0,
            Role::Callee => 1,
        };
        let parts: [&[u8]; 4] =
            [&self.expires_at.to_bytes(), self.callee.as_bytes(), self.call.as_bytes(), &[role]];
        ParticipantToken::new(token::seal(ring, Purpose::Participant, &parts))
    }

    /// Verifies the tag, then looks at the time.
    ///
    /// # Errors
    /// [`TokenError`] tells an expired token from all that are not one.
    pub fn verify(ring: &KeyRing, text: &str, now: UnixSeconds) -> Result<Self, TokenError> {
        let token = token::open(ring, Purpose::Participant, text)?;
        let participant = decode(token.body()).ok_or(TokenError::Invalid)?;
        if now >= participant.expires_at {
            return Err(TokenError::Expired);
        }
        Ok(participant)
    }
}

fn decode(body: &[u8]) -> Option<Participant> {
    let (expires_at, rest) = body.split_first_chunk()?;
    let (callee, rest) = rest.split_first_chunk()?;
    let (call, role) = rest.split_first_chunk()?;
    Some(Participant {
        callee: UserId::from_bytes(*callee),
        call: CallId::from_bytes(*call),
        role: match role {
            [0] => Role::Caller,
            [1] => Role::Callee,
            _ => return None,
        },
        expires_at: UnixSeconds::from_bytes(*expires_at),
    })
}
