//! Direct connections between the two browsers. They only need the call channel, which belongs to
//! Loop, so a session consists of a name for the call and a signed token for each side, and costs
//! no request. `docs/call-channel.md` is the protocol.

use loop_core::{
    CallId, Keys, Participant, ParticipantToken, ProviderSession, Reason, Settings, UserId,
    progress::Role, setting::protected_url,
};

use crate::new_session::{NewSession, Validity};

/// The setting that holds the URL of the call channel.
const URL_SETTING: &str = "LOOP_CHANNEL_URL";

/// The call channel, and the keys that let participants into it.
#[derive(Clone, Debug)]
pub(crate) struct Direct {
    keys: Keys<ParticipantToken>,
    url: String,
}

impl Direct {
    pub(crate) fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let keys = Keys::from_settings(settings);
        let url = settings.required(URL_SETTING, channel_url);
        Some(Self { keys: keys?, url: url? })
    }

    pub(crate) fn create_session(
        &self,
        callee: UserId,
        call: CallId,
        validity: Validity,
    ) -> NewSession {
        let token =
            |role| Participant { callee, call, role, expires_at: validity.until }.sign(&self.keys);
        NewSession {
            caller_token: token(Role::Caller),
            callee_token: token(Role::Callee),
            session: ProviderSession {
                provider: "direct".to_owned(),
                // There is no third party that needs an API key.
                api_key: String::new(),
                session_id: call.to_string(),
                server_url: self.url.clone(),
            },
        }
    }
}

/// Reads the URL of the call channel, which has to be protected because tokens are sent over it.
fn channel_url(text: &str) -> Result<String, Reason> {
    Ok(protected_url(text, &["wss", "ws"])?.for_browsers()?.as_str().to_owned())
}
