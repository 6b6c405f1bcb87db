//! OpenTok. One request makes the session (<https://tokbox.com/developer/rest/#create_session>),
//! and the function signs the participants' tokens with the project's secret.

mod token;

use std::{ops::RangeInclusive, time::Duration};

use loop_core::{
    ProviderSession, Reason, Secret, Settings, UnavailableError, UnixSeconds, jwt,
    progress::Role,
    random,
    setting::{protected_url, secret, whole_milliseconds, word},
};
use reqwest::{Client, header};
use ring::rand::SystemRandom;
use serde::{Deserialize, Serialize};
use tokio::time;

use crate::{
    new_session::{NewSession, Validity},
    opentok::token::Connection,
};

const DEFAULT_API_URL: &str = "https://api.opentok.com";
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(4);
const TIMEOUT_RANGE: RangeInclusive<Duration> = Duration::from_millis(500)..=Duration::from_secs(8);
/// The pauses before the second and the third try.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(200)];
/// The time for which a request's own token is valid, as the API's documentation recommends.
const REQUEST_TOKEN_LIFETIME: Duration = Duration::from_mins(3);
/// The options of a session: two participants exchange their media directly where they can (the
/// SDKs' `relayed`), and nothing is recorded.
const SESSION_OPTIONS: &str = "archiveMode=manual&p2p.preference=enabled";
const ANSWER_MAX_BYTES: usize = 16 * 1024;
/// The longest session id. "A session ID string can be up to 255 characters long."
const SESSION_ID_MAX_BYTES: usize = 255;

/// An OpenTok project.
#[derive(Clone, Debug)]
pub(crate) struct OpenTok {
    url: String,
    api_key: String,
    api_secret: Secret,
    timeout: Duration,
    client: Client,
    random: SystemRandom,
}

/// The reason why one try gave no session.
enum SessionError {
    /// The fault may be over in a moment.
    Passing(String),
    /// Another try would have the same result.
    Lasting(String),
}

impl OpenTok {
    pub(crate) fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let api_key = settings.required("OPENTOK_API_KEY", word);
        let api_secret = settings.required("OPENTOK_API_SECRET", secret);
        let url = settings.or("OPENTOK_API_URL", DEFAULT_API_URL.to_owned(), api_url);
        let timeout = settings.or(
            "LOOP_PROVIDER_TIMEOUT_MS",
            TIMEOUT_DEFAULT,
            whole_milliseconds(TIMEOUT_RANGE),
        )?;
        // An attempt whose packets are lost takes half of the deadline, and leaves time for another
        // one.
        let builder = loop_outbound::client(timeout / 2).ok();
        let client = builder.and_then(|builder| builder.build().ok());
        if client.is_none() {
            settings.fault("the HTTP client for OpenTok cannot be built");
        }
        Some(Self {
            url: url?,
            api_key: api_key?,
            api_secret: api_secret?,
            timeout,
            client: client?,
            random: SystemRandom::new(),
        })
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) async fn create_session(
        &self,
        validity: Validity,
    ) -> Result<NewSession, UnavailableError> {
        let session_id = match time::timeout(self.timeout, self.session_id(validity.from)).await {
            Ok(response) => response?,
            Err(_) => {
                let millis = self.timeout.as_millis();
                return Err(unavailable(&format!("no session within {millis} ms")));
            }
        };
        let token = |role: Role| {
            let connection = Connection {
                session_id: &session_id,
                create_time: validity.from,
                nonce: self.random_number()?,
                expire_time: validity.until,
                data: role.name(),
            };
            Ok(token::sign(&self.api_key, &self.api_secret, &connection))
        };
        Ok(NewSession {
            caller_token: token(Role::Caller)?,
            callee_token: token(Role::Callee)?,
            session: ProviderSession {
                provider: "opentok".to_owned(),
                api_key: self.api_key.clone(),
                session_id,
                server_url: self.url.clone(),
            },
        })
    }

    /// Requests a session until there is one, or until another try makes no sense. If a session was
    /// made but its response got lost, that costs nothing: it is a name that no participant ever
    /// connects to.
    async fn session_id(&self, now: UnixSeconds) -> Result<String, UnavailableError> {
        let mut pauses = PAUSES.iter();
        loop {
            match (self.ask(now).await, pauses.next()) {
                (Ok(session_id), _) => return Ok(session_id),
                (Err(SessionError::Passing(_)), Some(pause)) => time::sleep(*pause).await,
                (Err(SessionError::Passing(cause) | SessionError::Lasting(cause)), _) => {
                    return Err(unavailable(&cause));
                }
            }
        }
    }

    async fn ask(&self, now: UnixSeconds) -> Result<String, SessionError> {
        let request = self
            .client
            .post(format!("{}/session/create", self.url))
            .header("X-OPENTOK-AUTH", self.request_token(now)?)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .timeout(self.timeout / 2)
            .body(SESSION_OPTIONS);
        let response = request.send().await.map_err(SessionError::of_connection)?;
        let status = response.status();
        if status.is_server_error() {
            return Err(SessionError::Passing(format!("answered {}", status.as_u16())));
        }
        if !status.is_success() {
            return Err(SessionError::Lasting(format!("answered {}", status.as_u16())));
        }
        let body = loop_outbound::read_at_most(response, ANSWER_MAX_BYTES)
            .await
            .map_err(SessionError::of_connection)?;
        read_session_id(&body)
            .ok_or_else(|| SessionError::Lasting("answered without a session".into()))
    }

    /// Makes the token that authenticates one request to the API. Each request has its own.
    fn request_token(&self, now: UnixSeconds) -> Result<String, SessionError> {
        let claims = RequestClaims {
            iss: &self.api_key,
            ist: "project",
            iat: now.get(),
            exp: now.after(REQUEST_TOKEN_LIFETIME).get(),
            jti: self
                .random_number()
                .map_err(|error| SessionError::Lasting(error.into_cause().into_owned()))?
                .to_string(),
        };
        Ok(jwt::sign_hs256(self.api_secret.expose().as_bytes(), &claims))
    }

    /// Draws a number of 53 bits, which every reader of JSON keeps exactly.
    fn random_number(&self) -> Result<u64, UnavailableError> {
        random::bytes(&self.random).map(|bytes| u64::from_be_bytes(bytes) >> 11)
    }
}

impl SessionError {
    fn of_connection(error: reqwest::Error) -> Self {
        Self::Passing(loop_outbound::cause(error))
    }
}

fn unavailable(cause: &str) -> UnavailableError {
    UnavailableError::new(format!("opentok: {cause}"))
}

/// Reads the URL of the API. It has to be protected because requests to it carry proof of the
/// secret. Clients are given this URL, too.
fn api_url(text: &str) -> Result<String, Reason> {
    Ok(protected_url(text, &["https", "http"])?.for_browsers()?.as_str().to_owned())
}

/// The claims that the API asks for (<https://tokbox.com/developer/rest/#authentication>).
#[derive(Serialize)]
struct RequestClaims<'a> {
    iss: &'a str,
    ist: &'static str,
    iat: u64,
    exp: u64,
    jti: String,
}

/// The one part of the API's response that is used.
#[derive(Deserialize)]
struct CreatedSession {
    session_id: String,
}

/// Returns the session id in a response, if it is one that can be passed on.
fn read_session_id(body: &[u8]) -> Option<String> {
    let created: Vec<CreatedSession> = serde_json::from_slice(body).ok()?;
    let session_id = created.into_iter().next()?.session_id;
    let is_usable = (1..=SESSION_ID_MAX_BYTES).contains(&session_id.len())
        && session_id.bytes().all(|byte| byte.is_ascii_graphic());
    is_usable.then_some(session_id)
}
