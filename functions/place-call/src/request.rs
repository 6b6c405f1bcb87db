//! What the caller asks for.

use loop_core::{CallType, IdempotencyKey};
use loop_http::{Error, Fields, Request, field};

/// The header that makes a repeat of a request recognisable.
const KEY_HEADER: &str = "Idempotency-Key";

/// A call as the caller wants it.
pub(crate) struct Wanted {
    pub(crate) call_type: CallType,
    /// Makes a repeat of this request the same request.
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
    let Some(value) = request.headers().get(KEY_HEADER) else { return Ok(None) };
    // A value that is no text is refused like one that has other characters.
    let key = value.to_str().unwrap_or_default().parse();
    key.map(Some).map_err(|reason| Error::invalid(KEY_HEADER, reason))
}
