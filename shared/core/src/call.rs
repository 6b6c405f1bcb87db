//! Pending calls: the data of a call while it rings, and the choice of the slot for the next one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    CallId, RemoteId, Secret, UnixMillis, UnixSeconds, UrlId, limits::PENDING_CALLS_PER_CALLEE,
};

/// The media that the caller wants to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallType {
    /// Sound only.
    Audio,
    /// Sound and picture.
    #[default]
    AudioVideo,
}

impl TryFrom<&str> for CallType {
    type Error = crate::Reason;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        match text {
            "audio" => Ok(Self::Audio),
            "audio-video" => Ok(Self::AudioVideo),
            _ => Err("must be \"audio\" or \"audio-video\"".into()),
        }
    }
}

/// The version that a ping carries: the time of the call in milliseconds, moved on by a few where
/// that is needed to keep it strictly increasing and unique per callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallVersion(UnixMillis);

impl CallVersion {
    /// Returns the version with this number.
    pub const fn new(version: u64) -> Self {
        Self(UnixMillis::new(version))
    }

    /// Returns the moment of the call, or a few milliseconds after it.
    pub fn moment(self) -> UnixMillis {
        self.0
    }

    /// Returns the number, as it is stored and sent.
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

/// One of the places that a callee has for pending calls. A call is stored under its slot with a
/// condition that the slot is free, so there can never be more calls than slots, however many
/// callers come at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallSlot(u8);

impl CallSlot {
    /// Returns all slots.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        (0..PENDING_CALLS_PER_CALLEE).map(Self)
    }

    /// Returns the free slots, in the order in which a call through `url` should try them. Links
    /// start at different slots, so their callers seldom meet. The callers of one link start at the
    /// same slot: a caller who comes at the same time finds the calls of the others there and
    /// counts them.
    pub fn free(url: UrlId, taken: &[Self]) -> Vec<Self> {
        let [.., start] = *url.as_bytes();
        let slots =
            Self::all().cycle().skip(start.into()).take(usize::from(PENDING_CALLS_PER_CALLEE));
        slots.filter(|slot| !taken.contains(slot)).collect()
    }

    /// Returns the version of a call in this slot: the first one from `now` on that is later than
    /// `latest` and belongs to this slot (its last digits are the slot's number). Two calls at the
    /// same time are in different slots, so they differ in version too, without knowing each other.
    pub fn version(self, now: UnixMillis, latest: Option<CallVersion>) -> CallVersion {
        let slots = u64::from(PENDING_CALLS_PER_CALLEE);
        let earliest = now.get().max(latest.map_or(0, |version| version.get().saturating_add(1)));
        let steps = (u64::from(self.0) + slots - earliest % slots) % slots;
        CallVersion::new(earliest.saturating_add(steps))
    }

    /// Returns the slot's number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Returns the slot with this number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        (number < PENDING_CALLS_PER_CALLEE).then_some(Self(number))
    }
}

/// The data with which both participants meet at the WebRTC provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSession {
    /// The provider: `livekit` or `opentok`.
    pub provider: String,
    /// The public half of our credentials with it.
    pub api_key: String,
    /// The provider's name for the session.
    pub session_id: String,
    /// The URL that the provider's clients connect to.
    pub server_url: String,
}

/// A token that lets one participant into the provider's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParticipantToken(Secret);

impl ParticipantToken {
    /// Wraps a token that was made by the provider's rules.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Secret::new(text))
    }

    /// Returns the text that the participant's client presents.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// A call as it is placed.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The call's name.
    pub id: CallId,
    /// The link that it came through.
    pub url: UrlId,
    /// The person for whom the call URL was made.
    pub remote_id: RemoteId,
    /// The media that the caller wants to send.
    pub call_type: CallType,
    /// The session in which the participants meet.
    pub session: ProviderSession,
    /// The token that lets the callee in.
    pub callee_token: ParticipantToken,
    /// The token that lets the caller in. It is kept only if the request may be repeated (if it has
    /// an `Idempotency-Key`), so that the repeat gets the same response.
    pub caller_token: Option<ParticipantToken>,
    /// The first second at which the call no longer rings.
    pub expires_at: UnixSeconds,
    /// The first second at which another call may have its slot, unless the caller has come to the
    /// call channel by then: [`ARRIVAL_TIMEOUT`](crate::limits::ARRIVAL_TIMEOUT) after it was
    /// placed. It is the same as `expires_at` if there is no channel to come to.
    pub slot_expires_at: UnixSeconds,
}

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Call")
            .field("id", &self.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A placed call that has not expired, ended or been taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingCall {
    /// The call as it was placed.
    pub call: Call,
    /// The version that the ping of this call carries.
    pub version: CallVersion,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_calls_of_a_link_start_at_the_same_slot_and_go_round() {
        let url = UrlId::from_bytes([1, 2, 3, 4, 5, 6, 7, 38]);
        let taken = [CallSlot(19), CallSlot(1)];
        let free: Vec<u8> = CallSlot::free(url, &taken).into_iter().map(CallSlot::number).collect();
        assert_eq!(free, [18, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
        assert!(CallSlot::free(url, &CallSlot::all().collect::<Vec<_>>()).is_empty());
    }

    #[test]
    fn only_twenty_slots_have_a_number() {
        assert_eq!(CallSlot::from_number(19), Some(CallSlot(19)));
        assert_eq!(CallSlot::from_number(20), None);
    }

    #[test]
    fn call_types_are_read_by_name() {
        assert_eq!(CallType::try_from("audio"), Ok(CallType::Audio));
        assert_eq!(CallType::try_from("audio-video"), Ok(CallType::AudioVideo));
        assert!(CallType::try_from("AUDIO").is_err());
    }

    proptest! {
        #[test]
        fn a_version_is_new_and_belongs_to_its_slot(
            now in 0..u64::MAX / 2,
            latest in proptest::option::of(0..u64::MAX / 2),
            slot in 0..PENDING_CALLS_PER_CALLEE,
        ) {
            let latest = latest.map(CallVersion::new);
            let version = CallSlot(slot).version(UnixMillis::new(now), latest);
            prop_assert!(version.get() >= now);
            prop_assert!(latest.is_none_or(|latest| version > latest));
            prop_assert_eq!(version.get() % u64::from(PENDING_CALLS_PER_CALLEE), u64::from(slot));
            let earliest = now.max(latest.map_or(0, |latest| latest.get() + 1));
            prop_assert!(version.get() - earliest < u64::from(PENDING_CALLS_PER_CALLEE));
        }
    }
}
