//! The parameters of the caller's request.

use loop_core::{CallType, IdempotencyKey, Reason};
use loop_lambda::{Error, Fields, Request, field};

/// The header that makes a repeat of a request recognisable.
const KEY_HEADER: &str = "Idempotency-Key";

/// A call as the caller wants it.
pub(crate) struct Wanted {
    pub(crate) call_type: CallType,
    /// The key that makes a repeat of this request the same request.
    pub(crate) key: Option<IdempotencyKey>,
}

impl Wanted {
    /// Reads the body and the key.
    pub(crate) fn of(request: &Request) -> Result<Self, Error> {
        Ok(Self { call_type: call_type(request)?, key: key(request)? })
    }
}

fn call_type(request: &Request) -> Result<CallType, Error> {
    let mut fields = Fields::of_body(request)?;
    let call_type =
        fields.optional("call_type", field::text(|text| CallType::try_from(text.as_str())));
    Ok(fields.finish(call_type)?.unwrap_or_default())
}

fn key(request: &Request) -> Result<Option<IdempotencyKey>, Error> {
    let values = request.headers().get_all(KEY_HEADER).iter();
    // A value that is no text is refused like one that has other characters. If a header is there
    // more than once, the gateway joins its values by commas.
    let mut keys = values.flat_map(|it| it.to_str().unwrap_or_default().split(',')).map(str::trim);
    let Some(key) = keys.next() else { return Ok(None) };
    if keys.any(|other| other != key) {
        return Err(Error::invalid(KEY_HEADER, "must be one key, without a comma"));
    }
    key.parse().map(Some).map_err(|reason: Reason| Error::invalid(KEY_HEADER, reason))
}
