//! LiveKit. The holder of the API secret can admit participants to any room, and LiveKit creates a
//! room when its first participant connects. So a session costs no request.

use loop_core::{
    CallId, ParticipantToken, ProviderSession, Reason, Secret, Settings, jwt,
    progress::Role,
    setting::{protected_url, secret, word},
};
use serde::Serialize;

use crate::new_session::{NewSession, Validity};

/// A LiveKit server or cloud project.
#[derive(Clone, Debug)]
pub(crate) struct LiveKit {
    url: String,
    api_key: String,
    api_secret: Secret,
}

impl LiveKit {
    pub(crate) fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let url = settings.required("LIVEKIT_URL", client_url);
        let api_key = settings.required("LIVEKIT_API_KEY", word);
        let api_secret = settings.required("LIVEKIT_API_SECRET", secret);
        Some(Self { url: url?, api_key: api_key?, api_secret: api_secret? })
    }

    /// Makes a session in a room that is named after the call: 128 random bits that only its
    /// participants learn.
    pub(crate) fn create_session(&self, call: CallId, validity: Validity) -> NewSession {
        let room = call.to_string();
        NewSession {
            caller_token: self.token(&room, Role::Caller, validity),
            callee_token: self.token(&room, Role::Callee, validity),
            session: ProviderSession {
                provider: "livekit".to_owned(),
                api_key: self.api_key.clone(),
                session_id: room,
                server_url: self.url.clone(),
            },
        }
    }

    fn token(&self, room: &str, role: Role, validity: Validity) -> ParticipantToken {
        let claims = Claims {
            iss: &self.api_key,
            sub: format!("{}-{room}", role.name()),
            nbf: validity.from.get(),
            exp: validity.until.get(),
            video: VideoGrant {
                room,
                room_join: true,
                can_publish: true,
                can_subscribe: true,
                can_publish_data: true,
            },
        };
        ParticipantToken::new(jwt::sign_hs256(self.api_secret.expose().as_bytes(), &claims))
    }
}

/// Reads the URL that clients connect to. It has to be protected because tokens are sent over it,
/// and because a page that was loaded over TLS may open no connection without TLS.
fn client_url(text: &str) -> Result<String, Reason> {
    let url = protected_url(text, &["wss", "ws", "https", "http"])?.for_browsers()?;
    Ok(url.as_str().to_owned())
}

/// The claims of an access token (<https://docs.livekit.io/home/get-started/authentication/>).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    /// The name of the participant, unique in the room: a second participant of the same name
    /// replaces the first.
    sub: String,
    nbf: u64,
    exp: u64,
    video: VideoGrant<'a>,
}

/// The rights of the participant, all of them in this one room.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VideoGrant<'a> {
    room: &'a str,
    room_join: bool,
    can_publish: bool,
    can_subscribe: bool,
    can_publish_data: bool,
}
