//! The errors of requests, with their statuses and numbers.

use std::{borrow::Cow, fmt, time::Duration};

use lambda_http::http::StatusCode;
use loop_core::{Reason, TokenError, UnavailableError};

/// The time that a client should wait after an outage.
pub const RETRY_AFTER_OUTAGE: Duration = Duration::from_secs(5);

/// The reason why a request was refused or failed. `docs/errors.md` has the table.
///
/// The [`Display`](fmt::Display) form is for the client. [`Error::cause`] is for the operator only,
/// and goes to the log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The text is not a valid call token.
    InvalidToken,
    /// The body is not JSON.
    NotJson,
    /// Parameters are invalid. Each is here with its name and the reason.
    InvalidParameters(Vec<(Cow<'static, str>, Reason)>),
    /// Required parameters are missing. All of them are named, and so are the unknown parameters of
    /// the request, since one of them may be a misspelt name.
    MissingParameters {
        /// The names of the missing parameters.
        missing: Vec<&'static str>,
        /// The names of the unknown parameters.
        unknown: Vec<Cow<'static, str>>,
    },
    /// Credentials are missing or not valid.
    Unauthorized(&'static str),
    /// A page of another site has made the request.
    ForeignOrigin {
        /// The origin that requests are to come from, which is no secret.
        own: String,
    },
    /// There is a front before the service, and the request has not come through it.
    NotThroughFront,
    /// The call URL has expired or was revoked.
    Gone,
    /// The body is too large.
    BodyTooLarge,
    /// The body has a media type that is not read here.
    UnsupportedMediaType,
    /// The client accepts none of the types that the response could have.
    NotAcceptable(&'static str),
    /// A limit is reached.
    TooMany {
        /// The things of which there are too many.
        what: &'static str,
        /// The time after which another try may succeed.
        retry_after: Duration,
    },
    /// The callee has no device that could ring.
    NoDevice,
    /// The `Idempotency-Key` has come before, with a request that asked for something else.
    KeyReused,
    /// The `Idempotency-Key` has come before, and the call that it stands for is over.
    CallOver,
    /// DynamoDB or the provider is not available. Trying again does no harm.
    Unavailable {
        /// The cause, for the operator.
        cause: Cow<'static, str>,
    },
    /// There is no such resource.
    NotFound,
    /// The resource does not have this method.
    MethodNotAllowed {
        /// The methods that the resource has, for the `Allow` header.
        allow: String,
    },
    /// The service has a fault.
    Internal {
        /// The cause, for the operator.
        cause: Cow<'static, str>,
    },
}

impl Error {
    /// Makes the error of one invalid parameter.
    pub fn invalid(name: &'static str, reason: impl Into<Reason>) -> Self {
        Self::InvalidParameters(vec![(name.into(), reason.into())])
    }

    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotJson | Self::InvalidParameters(_) | Self::MissingParameters { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthorized(_) | Self::ForeignOrigin { .. } => StatusCode::UNAUTHORIZED,
            Self::NotThroughFront => StatusCode::FORBIDDEN,
            Self::InvalidToken | Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
            Self::NoDevice | Self::CallOver => StatusCode::CONFLICT,
            Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Gone => StatusCode::GONE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the number that tells errors of one status apart.
    pub fn errno(&self) -> u16 {
        match self {
            Self::InvalidToken => 105,
            Self::NotJson => 106,
            Self::InvalidParameters(_) => 107,
            Self::MissingParameters { .. } => 108,
            Self::Unauthorized(_) | Self::ForeignOrigin { .. } => 110,
            Self::Gone => 111,
            Self::BodyTooLarge => 113,
            Self::UnsupportedMediaType | Self::NotAcceptable(_) => 114,
            Self::TooMany { .. } => 117,
            Self::NoDevice => 122,
            Self::KeyReused => 123,
            Self::CallOver => 124,
            Self::Unavailable { .. } => 201,
            Self::NotThroughFront => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::Internal { .. } => 999,
        }
    }

    /// Returns the time after which the client may try again, in whole seconds, at least one.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { retry_after, .. } => {
                let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
                Some(Duration::from_secs(seconds.max(1)))
            }
            Self::Unavailable { .. } => Some(RETRY_AFTER_OUTAGE),
            _ => None,
        }
    }

    /// Returns the internal cause, which goes to the log line and never to the client.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Unavailable { cause } | Self::Internal { cause } => Some(cause),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidToken => formatter.write_str("not a valid call token"),
            Self::NotJson => formatter.write_str("the body is not valid JSON"),
            Self::InvalidParameters(parameters) => {
                let described: Vec<_> =
                    parameters.iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
                formatter.write_str(&described.join("; "))
            }
            Self::MissingParameters { missing, unknown } => {
                write!(formatter, "missing parameters: {}", missing.join(", "))?;
                if unknown.is_empty() {
                    return Ok(());
                }
                write!(formatter, "; not parameters here: {}", unknown.join(", "))
            }
            Self::Unauthorized(message) => formatter.write_str(message),
            Self::ForeignOrigin { own } => {
                write!(formatter, "requests from this origin are not allowed: use {own}")
            }
            Self::NotThroughFront => {
                formatter.write_str("this address answers nobody: use that of the service")
            }
            Self::Gone => formatter.write_str("the call URL has expired or was revoked"),
            Self::BodyTooLarge => {
                write!(formatter, "the body: at most {} bytes", loop_core::limits::BODY_MAX_BYTES)
            }
            Self::UnsupportedMediaType => {
                formatter.write_str("Content-Type: must be application/json")
            }
            Self::NotAcceptable(available) => {
                write!(formatter, "Accept: only {available} is to be had here")
            }
            Self::TooMany { what, .. } => write!(formatter, "too many {what}"),
            Self::NoDevice => {
                formatter.write_str("the callee has no registered device: nobody would ring")
            }
            Self::KeyReused => {
                formatter.write_str("Idempotency-Key: was used with another body before")
            }
            Self::CallOver => {
                formatter.write_str("Idempotency-Key: belongs to a call that is over")
            }
            Self::Unavailable { .. } => formatter.write_str("temporarily not available: try again"),
            Self::NotFound => formatter.write_str("no such resource"),
            Self::MethodNotAllowed { allow } => write!(formatter, "allowed here: {allow}"),
            Self::Internal { .. } => formatter.write_str("a fault of ours"),
        }
    }
}

impl std::error::Error for Error {}

/// Converts the errors of call tokens. Sessions have errors of their own.
impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid => Self::InvalidToken,
            TokenError::Expired => Self::Gone,
        }
    }
}

impl From<UnavailableError> for Error {
    fn from(unavailable: UnavailableError) -> Self {
        Self::Unavailable { cause: unavailable.into_cause() }
    }
}
