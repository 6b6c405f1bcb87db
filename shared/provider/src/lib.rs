//! The WebRTC providers. For each call they make a session in which the two participants meet, and
//! a token for each of them. The media never pass through Loop.
//!
//! | `LOOP_PROVIDER` | is | a call costs |
//! |---|---|---|
//! | `direct` (default) | the two browsers alone, with our call channel between them | nothing |
//! | `livekit` | [LiveKit](https://docs.livekit.io), run by oneself or as its cloud | nothing: the tokens create the room |
//! | `opentok` | [OpenTok](https://tokbox.com/developer/rest/), now Vonage Video | one HTTPS request |

#![warn(missing_docs)]

mod direct;
mod livekit;
mod new_session;
mod opentok;

use std::time::Duration;

use loop_core::{CallId, Settings, UnavailableError, UnixSeconds, UserId, setting::choice};

use crate::{direct::Direct, livekit::LiveKit, new_session::Validity, opentok::OpenTok};

pub use new_session::NewSession;

/// The time by which participant tokens outlive the ringing. Both providers check the expiry only
/// when a participant connects, and a callee who takes a call in its last second still has to
/// respond when the browser asks for the camera. The clocks of two machines differ a little, too.
pub const JOIN_TIMEOUT: Duration = Duration::from_mins(1);

/// The provider that the operator chose.
#[derive(Clone, Debug)]
pub struct Provider(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Direct(Direct),
    LiveKit(LiveKit),
    OpenTok(OpenTok),
}

impl Provider {
    /// Reads `LOOP_PROVIDER` and the settings of that provider; those of others are not read.
    ///
    /// | provider | setting | is |
    /// |---|---|---|
    /// | `direct` | `LOOP_PARTICIPANT_KEYS` | the keys that sign the participants' tokens |
    /// | | `LOOP_CHANNEL_URL` | the call channel: `wss`; `ws` only on this machine |
    /// | `livekit` | `LIVEKIT_URL` | where clients connect to: `wss` or `https`; `ws` or `http` only on this machine |
    /// | | `LIVEKIT_API_KEY`, `LIVEKIT_API_SECRET` | the project's credentials |
    /// | `opentok` | `OPENTOK_API_KEY`, `OPENTOK_API_SECRET` | the project's credentials |
    /// | | `OPENTOK_API_URL` | default `https://api.opentok.com`; `http` only on this machine |
    /// | | `LOOP_PROVIDER_TIMEOUT_MS` | deadline over all tries, 500 to 8000, default 4000 |
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let choice = settings.or("LOOP_PROVIDER", Choice::Direct, choice(&CHOICES))?;
        Some(Self(match choice {
            Choice::Direct => Kind::Direct(Direct::from_settings(settings)?),
            Choice::LiveKit => Kind::LiveKit(LiveKit::from_settings(settings)?),
            Choice::OpenTok => Kind::OpenTok(OpenTok::from_settings(settings)?),
        }))
    }

    /// Returns whether the participants meet through Loop's call channel, to which the caller has
    /// to come before the callee can answer.
    pub fn uses_channel(&self) -> bool {
        matches!(self.0, Kind::Direct(_))
    }

    /// Returns the longest time that making a session may take, which is zero if it needs no
    /// request.
    pub fn timeout(&self) -> Duration {
        match &self.0 {
            Kind::Direct(_) | Kind::LiveKit(_) => Duration::ZERO,
            Kind::OpenTok(provider) => provider.timeout(),
        }
    }

    /// Makes a new session for `call` to `callee`, which rings until `rings_until`. Both tokens let
    /// their participant connect from `now` until [`JOIN_TIMEOUT`] after that; a connection once
    /// made lasts as long as the participants want.
    ///
    /// # Errors
    /// There is no usable response before the deadline. No session exists then that a call could
    /// use, and the cause repeats no text of the provider.
    pub async fn create_session(
        &self,
        callee: UserId,
        call: CallId,
        rings_until: UnixSeconds,
        now: UnixSeconds,
    ) -> Result<NewSession, UnavailableError> {
        let validity = Validity { from: now, until: rings_until.after(JOIN_TIMEOUT) };
        match &self.0 {
            Kind::Direct(direct) => Ok(direct.create_session(callee, call, validity)),
            Kind::LiveKit(livekit) => Ok(livekit.create_session(call, validity)),
            Kind::OpenTok(opentok) => opentok.create_session(validity).await,
        }
    }
}

#[derive(Clone, Copy)]
enum Choice {
    Direct,
    LiveKit,
    OpenTok,
}

const CHOICES: [(&str, Choice); 3] =
    [("direct", Choice::Direct), ("livekit", Choice::LiveKit), ("opentok", Choice::OpenTok)];
