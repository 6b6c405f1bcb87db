//! The STUN and TURN servers, and the form in which browsers are sent them.

mod url;

use std::{fmt, time::Duration};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use loop_core::{
    Reason, Settings, UnixSeconds, UserId,
    progress::{CallState, Role},
    setting::{list, secret},
};
use loop_store::Binding;
use ring::hmac;
use serde::Serialize;

use self::url::{IceUrl, Protocol};

/// The lifetime of a TURN credential. A TURN server asks for it when candidates are gathered: at the
/// beginning of a call, and when its connection is restarted, before which a party says hello and
/// gets another one. What is relayed already goes on without it.
pub const TURN_CREDENTIAL_LIFETIME: Duration = Duration::from_mins(10);

/// The bytes of a user's name at the TURN server: as many as those of a call's id.
const NAME_BYTES: usize = 16;

/// The most URLs of each protocol. Both sides of each call contact all of them, and Firefox warns
/// from five on that this makes calls slow.
const URLS_MAX: usize = 16;

/// The servers that are in the settings.
#[derive(Clone, Debug)]
pub struct IceServers {
    stun: Vec<IceUrl>,
    turn: Option<Turn>,
}

/// A server with the credential that it asks for, as one `RTCIceServer`.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct IceServer {
    urls: Vec<IceUrl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
}

/// A TURN server, with the secret that it shares with Loop.
#[derive(Clone, Debug)]
struct Turn {
    urls: Vec<IceUrl>,
    key: hmac::Key,
}

impl IceServers {
    /// Reads `LOOP_STUN_URLS` and `LOOP_TURN_URLS` (both optional, at most 16 each, separated by
    /// commas) and, with the latter, `LOOP_TURN_SECRET`: the `static-auth-secret` of coturn.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let stun = settings.or("LOOP_STUN_URLS", Vec::new(), |text| urls(text, Protocol::Stun));
        let turn = settings.optional("LOOP_TURN_URLS", |text| urls(text, Protocol::Turn));
        let turn = match turn {
            None => None,
            Some(None) => Some(None),
            Some(Some(urls)) => {
                settings.required("LOOP_TURN_SECRET", turn_key).map(|key| Some(Turn { urls, key }))
            }
        };
        Some(Self { stun: stun?, turn: turn? })
    }

    /// Returns whether there are servers that relay.
    pub fn can_relay(&self) -> bool {
        self.turn.is_some()
    }

    /// Returns the servers for one side of a call in this `state`, with a credential of its own.
    /// The servers that relay are for those alone who are connecting, since a stranger can make a
    /// call ring.
    pub fn for_party(
        &self,
        binding: &Binding,
        state: CallState,
        now: UnixSeconds,
    ) -> Vec<IceServer> {
        let stun = (!self.stun.is_empty()).then(|| IceServer {
            urls: self.stun.clone(),
            username: None,
            credential: None,
        });
        let may_relay = match state {
            CallState::Init | CallState::Alerting | CallState::Terminated => false,
            CallState::Connecting | CallState::HalfConnected | CallState::Connected => true,
        };
        let turn = self.turn.as_ref().filter(|_| may_relay);
        stun.into_iter().chain(turn.map(|turn| turn.server(binding, now))).collect()
    }
}

impl Turn {
    /// Returns the server with a credential of the TURN REST scheme
    /// (draft-uberti-behave-turn-rest-00, section 2.2), which coturn calls `use-auth-secret`: the
    /// server has to know the secret, but no users.
    ///
    /// coturn counts by what is behind the colon (`user-quota`). The callee has the same name in
    /// all calls, so an account that calls itself is one user; a caller has one of this call, by
    /// which nobody can see that two calls are for the same callee.
    fn server(&self, binding: &Binding, now: UnixSeconds) -> IceServer {
        let expiry = now.after(TURN_CREDENTIAL_LIFETIME).get();
        let user = match binding.role {
            Role::Caller => binding.call.to_string(),
            Role::Callee => self.name_of(binding.callee),
        };
        let username = format!("{expiry}:{user}");
        let credential = STANDARD.encode(hmac::sign(&self.key, username.as_bytes()));
        IceServer {
            urls: self.urls.clone(),
            username: Some(username),
            credential: Some(credential),
        }
    }
}

impl Turn {
    /// Returns a name for a user that does not tell the user's id.
    fn name_of(&self, user: UserId) -> String {
        let tag = hmac::sign(&self.key, user.as_bytes());
        URL_SAFE_NO_PAD.encode(&tag.as_ref()[..NAME_BYTES])
    }
}

impl fmt::Debug for IceServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IceServer").field("urls", &self.urls).finish_non_exhaustive()
    }
}

fn turn_key(text: &str) -> Result<hmac::Key, Reason> {
    // The scheme has no other hash. Collisions of SHA-1 do not break HMAC.
    let algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
    Ok(hmac::Key::new(algorithm, secret(text)?.expose().as_bytes()))
}

fn urls(text: &str, protocol: Protocol) -> Result<Vec<IceUrl>, Reason> {
    let urls = list(|url| IceUrl::parse(url, protocol))(text)?;
    if urls.len() > URLS_MAX {
        return Err(format!("at most {URLS_MAX} URLs").into());
    }
    match urls.iter().enumerate().any(|(position, url)| urls[..position].contains(url)) {
        true => Err("a URL occurs twice".into()),
        false => Ok(urls),
    }
}

#[cfg(test)]
mod tests {
    use loop_core::{CallId, CallSlot};
    use serde_json::json;

    use super::*;

    fn servers(variables: &[(&str, &str)]) -> Result<IceServers, String> {
        let mut settings = Settings::new(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let servers = IceServers::from_settings(&mut settings);
        settings.finish(servers).map_err(|faults| faults.to_string())
    }

    fn for_caller(servers: &IceServers) -> serde_json::Value {
        for_party(servers, Role::Caller, CallState::Connecting)
    }

    fn for_party(servers: &IceServers, role: Role, state: CallState) -> serde_json::Value {
        let now = UnixSeconds::try_from(1_800_000_000).unwrap();
        let callee = UserId::from_bytes([9; 16]);
        let slot = CallSlot::from_number(0).unwrap();
        let binding = Binding { callee, call: CallId::from_bytes([7; 16]), slot, role };
        serde_json::to_value(servers.for_party(&binding, state, now)).unwrap()
    }

    #[test]
    fn nobody_relays_before_the_accept_or_after_the_end() {
        let servers = servers(&[
            ("LOOP_STUN_URLS", "stun:stun.example.org"),
            ("LOOP_TURN_URLS", "turn:turn.example.org"),
            ("LOOP_TURN_SECRET", "north"),
        ])
        .unwrap();
        for role in [Role::Caller, Role::Callee] {
            for state in [CallState::Init, CallState::Alerting, CallState::Terminated] {
                let stun = json!([{ "urls": ["stun:stun.example.org"] }]);
                assert_eq!(for_party(&servers, role, state), stun);
            }
            for state in [CallState::Connecting, CallState::HalfConnected, CallState::Connected] {
                assert_eq!(for_party(&servers, role, state).as_array().unwrap().len(), 2);
            }
        }
    }

    #[test]
    fn a_callee_is_one_user_of_the_relay_whose_id_nobody_learns() {
        let settings = [("LOOP_TURN_URLS", "turn:a"), ("LOOP_TURN_SECRET", "north")];
        let servers = servers(&settings).unwrap();
        let callee = for_party(&servers, Role::Callee, CallState::Connected);
        // printf '\t%.0s' {1..16} | openssl dgst -sha1 -hmac north -binary | head -c 16 | base64url
        assert_eq!(callee[0]["username"], "1800000600:YgeaowTWLsb5iXAmP34e0w");
        let caller = for_party(&servers, Role::Caller, CallState::Connected);
        assert_eq!(caller[0]["username"], "1800000600:BwcHBwcHBwcHBwcHBwcHBw");
    }

    #[test]
    fn a_credential_is_what_coturn_expects() {
        let servers = servers(&[
            ("LOOP_STUN_URLS", "stun:stun.example.org"),
            ("LOOP_TURN_URLS", "turn:turn.example.org:3478?transport=udp, turns:[::1]:5349"),
            ("LOOP_TURN_SECRET", "north"),
        ])
        .unwrap();
        let urls = ["turn:turn.example.org:3478?transport=udp", "turns:[::1]:5349"];
        assert_eq!(
            for_caller(&servers),
            json!([
                { "urls": ["stun:stun.example.org"] },
                {
                    "urls": urls,
                    "username": "1800000600:BwcHBwcHBwcHBwcHBwcHBw",
                    // printf '%s' "$username" | openssl dgst -sha1 -hmac north -binary | base64
                    "credential": "fWc2qXkuHmdGwcdoWyoJ1C3GYV8=",
                },
            ])
        );
        let debugged = format!("{servers:?}");
        assert!(!debugged.contains("north"), "{debugged}");
    }

    #[test]
    fn without_settings_there_are_no_servers() {
        assert_eq!(for_caller(&servers(&[]).unwrap()), json!([]));
        assert_eq!(for_caller(&servers(&[("LOOP_TURN_SECRET", "unused")]).unwrap()), json!([]));
    }

    #[test]
    fn faults_are_named() {
        let missing = servers(&[("LOOP_TURN_URLS", "turn:a")]).unwrap_err();
        assert_eq!(missing, "settings: LOOP_TURN_SECRET is missing");
        let many = |count: usize| {
            (0..count).map(|number| format!("stun:h{number}")).collect::<Vec<_>>().join(",")
        };
        for wrong in [
            "turn:a",
            "stun:",
            "stun://a",
            "stun:a,",
            "stun:a b",
            "stun:u@a",
            "stun:a, STUN:a",
            &many(17),
        ] {
            let fault = servers(&[("LOOP_STUN_URLS", wrong)]).unwrap_err();
            assert!(fault.starts_with("settings: LOOP_STUN_URLS: "), "{wrong}: {fault}");
        }
        assert!(servers(&[("LOOP_STUN_URLS", &many(16))]).is_ok());
        assert!(servers(&[("LOOP_TURN_URLS", "stun:a"), ("LOOP_TURN_SECRET", "s")]).is_err());
    }

    #[test]
    fn a_secret_that_a_relay_would_not_know_is_refused() {
        for wrong in ["north\n", " north", "nor th", "nörth", "nor\u{200b}th"] {
            let fault = servers(&[("LOOP_TURN_URLS", "turn:a"), ("LOOP_TURN_SECRET", wrong)]);
            let fault = fault.unwrap_err();
            assert!(fault.starts_with("settings: LOOP_TURN_SECRET: "), "{wrong:?}: {fault}");
            assert!(!fault.contains("rth"), "{fault}");
        }
    }
}
