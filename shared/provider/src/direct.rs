//! The two browsers connect straight to each other. What they need in between is the call channel,
//! which is ours: so a session is a name for the call and a signed token for each side, and costs
//! no request. `docs/call-channel.md` is the protocol.

use loop_core::{
    CallId, KeyRing, Participant, ProviderSession, Reason, Settings, UserId, progress::Role,
    setting::protected_url,
};

use crate::new_session::{NewSession, Validity};

/// The setting that says where the call channel is.
const URL_SETTING: &str = "LOOP_CHANNEL_URL";

/// The call channel, and the keys that let participants into it.
#[derive(Clone, Debug)]
pub(crate) struct Direct {
    keys: KeyRing,
    url: String,
}

impl Direct {
    pub(crate) fn from_settings(
        settings: &mut Settings<'_>,
        keys: Option<&KeyRing>,
    ) -> Option<Self> {
        let url = settings.required(URL_SETTING, channel_url);
        Some(Self { keys: keys?.clone(), url: url? })
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
                // There is no third party that would have to know us.
                api_key: String::new(),
                session_id: call.to_string(),
                server_url: self.url.clone(),
            },
        }
    }
}

/// Tokens go over it.
fn channel_url(text: &str) -> Result<String, Reason> {
    Ok(protected_url(text, &["wss", "ws"])?.for_browsers()?.as_str().to_owned())
}
