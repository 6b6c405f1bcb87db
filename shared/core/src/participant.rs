//! Participant tokens, which let one side of one call into the call channel.

use crate::{
    CallId, Keys, ParticipantToken, TokenError, UnixSeconds, UserId,
    callee_mask::{CalleeMask, MaskNonce},
    progress::Role,
    purpose::{SignedToken, sealed::Purpose},
    token::{self, Buffer, Opened},
};

/// Proof that its holder is one side of one call: made when the call is placed, or verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participant {
    /// The user whose call it is: the partition that it is stored in.
    pub callee: UserId,
    /// The call.
    pub call: CallId,
    /// The side of the call.
    pub role: Role,
    /// The first second at which it lets no connection in any more.
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

impl Participant {
    /// Signs it with the first key.
    pub fn sign(&self, keys: &Keys<ParticipantToken>) -> ParticipantToken {
        let role = match self.role {
            Role::Caller => 0,
            Role::Callee => 1,
        };
        let key = keys.signing();
        let callee = key.mask.mask(nonce(self.call), self.callee);
        let parts: [&[u8]; 4] =
            [&self.expires_at.to_bytes(), &callee, self.call.as_bytes(), &[role]];
        ParticipantToken::new(token::seal(key, &parts))
    }

    /// Verifies the tag, then checks the time.
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
        let participant = decode(&token).ok_or(TokenError::Invalid)?;
        if now >= participant.expires_at {
            return Err(TokenError::Expired);
        }
        Ok(participant)
    }
}

fn decode(token: &Opened<'_, ParticipantToken>) -> Option<Participant> {
    let (expires_at, rest) = token.body.split_first_chunk()?;
    let (callee, rest) = rest.split_first_chunk()?;
    let (call, role) = rest.split_first_chunk()?;
    let call = CallId::from_bytes(*call);
    Some(Participant {
        callee: match token.version {
            1 => UserId::from_bytes(*callee),
            _ => token.key.mask.unmask(nonce(call), *callee),
        },
        call,
        role: match role {
            [0] => Role::Caller,
            [1] => Role::Callee,
            _ => return None,
        },
        expires_at: UnixSeconds::from_bytes(*expires_at),
    })
}

/// Returns as much of the id of the call as there is room for: 120 bits that are random, or of a
/// hash. Both tokens of a call have the same nonce, and hide the same callee.
fn nonce(call: CallId) -> MaskNonce {
    let [nonce @ .., _] = *call.as_bytes();
    nonce
}
