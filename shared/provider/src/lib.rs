//! The WebRTC infrastructure: for each call, a session to meet in and a token for each of the two
//! participants. The media never touches Loop.
//!
//! | `LOOP_PROVIDER` | is | a call costs |
//! |---|---|---|
//! | `livekit` (default) | [LiveKit](https://docs.livekit.io), run by oneself or as its cloud | nothing: the tokens create the room |
//! | `opentok` | [OpenTok](https://tokbox.com/developer/rest/), now Vonage Video | one HTTPS request |

#![warn(missing_docs)]

mod livekit;
mod opentok;
mod setting;

use loop_core::{
    CallId, ParticipantToken, ProviderSession, Reason, Settings, Unavailable, UnixSeconds,
};

use crate::{livekit::LiveKit, opentok::OpenTok};

/// Seconds that participant tokens outlive the ringing. Both providers look at the expiry only when
/// a participant connects, and a callee who takes a call in its last second still has to answer
/// the browser's question for the camera. The clocks of two machines differ a little, too.
pub const JOIN_SECONDS: u64 = 60;

/// The provider that the operator chose.
#[derive(Clone, Debug)]
pub struct Provider(Kind);

#[derive(Clone, Debug)]
enum Kind {
    LiveKit(LiveKit),
    OpenTok(OpenTok),
}

/// Where the two participants of one call meet, and what lets each of them in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// The session, which belongs to this call alone.
    pub session: ProviderSession,
    /// Lets the caller in.
    pub caller_token: ParticipantToken,
    /// Lets the callee in, as another participant than the caller.
    pub callee_token: ParticipantToken,
}

impl Provider {
    /// Reads `LOOP_PROVIDER` and the settings of that provider; those of others are not looked at.
    ///
    /// | provider | setting | is |
    /// |---|---|---|
    /// | `livekit` | `LIVEKIT_URL` | where browsers connect to: `ws`, `wss`, `http` or `https` |
    /// | | `LIVEKIT_API_KEY`, `LIVEKIT_API_SECRET` | the project's credentials |
    /// | `opentok` | `OPENTOK_API_KEY`, `OPENTOK_API_SECRET` | the project's credentials |
    /// | | `OPENTOK_API_URL` | default `https://api.opentok.com`; `http` only on this machine |
    /// | | `LOOP_PROVIDER_TIMEOUT_MS` | deadline over all tries, 500 to 8000, default 4000 |
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let choice = settings.or("LOOP_PROVIDER", Choice::LiveKit, Choice::parse)?;
        Some(Self(match choice {
            Choice::LiveKit => Kind::LiveKit(LiveKit::from_settings(settings)?),
            Choice::OpenTok => Kind::OpenTok(OpenTok::from_settings(settings)?),
        }))
    }

    /// A new session for `call`, which rings until `rings_until`. Both tokens let their
    /// participant connect from `now` until [`JOIN_SECONDS`] after that; a connection once made
    /// lasts as long as the participants want.
    ///
    /// # Errors
    /// There is no usable answer before the deadline. Then nothing is left that a call could use,
    /// and the cause repeats nothing that the provider said.
    pub async fn create_session(
        &self,
        call: CallId,
        rings_until: UnixSeconds,
        now: UnixSeconds,
    ) -> Result<NewSession, Unavailable> {
        let validity = Validity { from: now, until: rings_until.after(JOIN_SECONDS) };
        match &self.0 {
            Kind::LiveKit(livekit) => Ok(livekit.create_session(call, validity)),
            Kind::OpenTok(opentok) => opentok.create_session(validity).await,
        }
    }
}

#[derive(Clone, Copy)]
enum Choice {
    LiveKit,
    OpenTok,
}

impl Choice {
    fn parse(text: &str) -> Result<Self, Reason> {
        match text {
            "livekit" => Ok(Self::LiveKit),
            "opentok" => Ok(Self::OpenTok),
            _ => Err("must be \"livekit\" or \"opentok\"".into()),
        }
    }
}

/// When a participant token lets its holder connect.
#[derive(Clone, Copy, Debug)]
struct Validity {
    from: UnixSeconds,
    until: UnixSeconds,
}

/// A side of the call. Whoever takes the call on a second device is the same participant.
#[derive(Clone, Copy, Debug)]
enum Participant {
    Caller,
    Callee,
}

impl Participant {
    fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Callee => "callee",
        }
    }
}
