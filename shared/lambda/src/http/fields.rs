//! Reads parameters from a JSON body or the query, and names every fault.

use std::{borrow::Cow, fmt};

use lambda_http::{Body, RequestExt, http::header};
use loop_core::{Reason, limits::BODY_MAX_BYTES};
use serde_json::{Map, Value};

use super::{accept::JSON, error::Error, json, request::Request};

/// The fields of a JSON object, each of which is read by its name. Faults are collected, so that
/// the client learns all of them at once. A field that the endpoint does not read is a fault too.
pub struct Fields {
    object: Map<String, Value>,
    missing: Vec<&'static str>,
    invalid: Vec<(Cow<'static, str>, Reason)>,
}

impl Fields {
    /// Reads the body of a request. An empty body has no fields.
    ///
    /// # Errors
    /// [`Error::BodyTooLarge`], [`Error::UnsupportedMediaType`], [`Error::NotJson`], or
    /// [`Error::InvalidParameters`] when the JSON is not an object, or when any object in it has
    /// two members of one name.
    pub fn of_body(request: &Request) -> Result<Self, Error> {
        let body: &[u8] = match request.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        };
        if body.len() > BODY_MAX_BYTES {
            return Err(Error::BodyTooLarge);
        }
        if body.is_empty() {
            return Ok(Self::of(Map::new()));
        }
        if !is_json(request) {
            return Err(Error::UnsupportedMediaType);
        }
        match json::read(body) {
            Ok(Value::Object(object)) => Ok(Self::of(object)),
            Ok(_) => Err(Error::invalid("body", "must be a JSON object")),
            Err(json::Fault::Syntax) => Err(Error::NotJson),
            Err(json::Fault::Repeated(names)) => Err(Error::InvalidParameters(vec![(
                printable_path(&names),
                "is there twice".into(),
            )])),
        }
    }

    /// Makes the fields of an object.
    pub fn of(object: Map<String, Value>) -> Self {
        Self { object, missing: Vec::new(), invalid: Vec::new() }
    }

    /// Reads a field that must be there. `null` counts as missing.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Value) -> Result<T, Reason>,
    ) -> Option<T> {
        let value = self.optional(name, parse)?;
        if value.is_none() {
            self.missing.push(name);
        }
        value
    }

    /// Reads a field that may be there. The outer `None` stands for a faulty field.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(Value) -> Result<T, Reason>,
    ) -> Option<Option<T>> {
        match self.object.remove(name) {
            None | Some(Value::Null) => Some(None),
            Some(value) => match parse(value) {
                Ok(value) => Some(Some(value)),
                Err(reason) => {
                    self.invalid.push((name.into(), reason));
                    None
                }
            },
        }
    }

    /// Adds a field to the missing ones.
    pub fn missing(&mut self, name: &'static str) {
        self.missing.push(name);
    }

    /// Adds a field to the invalid ones.
    pub fn invalid(&mut self, name: &'static str, reason: impl Into<Reason>) {
        self.invalid.push((name.into(), reason.into()));
    }

    /// Returns `value` if no field was missing, invalid or left over.
    ///
    /// # Errors
    /// [`Error::MissingParameters`] if a field is missing, or else [`Error::InvalidParameters`].
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Error> {
        let unknown = self.object.keys().map(|name| printable_name(name));
        if !self.missing.is_empty() {
            let unknown = unknown.collect();
            return Err(Error::MissingParameters { missing: self.missing, unknown });
        }
        self.invalid.extend(unknown.map(|name| (name, "not a parameter here".into())));
        match value {
            Some(value) if self.invalid.is_empty() => Ok(value),
            _ => Err(Error::InvalidParameters(self.invalid)),
        }
    }
}

/// Leaves out the texts that the client has sent.
impl fmt::Debug for Fields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Fields").field("missing", &self.missing).finish_non_exhaustive()
    }
}

/// Parsers of single values.
pub mod field {
    use super::{Reason, Value};

    /// Reads a text that `parse` accepts.
    pub fn text<T, E: Into<Reason>>(
        parse: impl FnOnce(String) -> Result<T, E>,
    ) -> impl FnOnce(Value) -> Result<T, Reason> {
        |value| match value {
            Value::String(text) => parse(text).map_err(Into::into),
            _ => Err("must be a string".into()),
        }
    }

    /// Reads a whole number that `parse` accepts, in any of its spellings (`60`, `60.0`, `6e1`), as
    /// in JSON Schema. A number beyond the range of `u64` is passed to `parse` as the nearest
    /// number in the range, so that `parse` can name its bound.
    pub fn whole_number<T, E: Into<Reason>>(
        parse: impl FnOnce(u64) -> Result<T, E>,
    ) -> impl FnOnce(Value) -> Result<T, Reason> {
        |value| {
            let Value::Number(number) = value else {
                return Err("must be a whole number".into());
            };
            let whole = match (number.as_u64(), number.as_f64()) {
                (Some(whole), _) => whole,
                // The conversion saturates.
                (None, Some(number)) if number.fract() == 0.0 => number as u64,
                _ => return Err("must be a whole number".into()),
            };
            parse(whole).map_err(Into::into)
        }
    }
}

/// Reads a parameter of the query that may be there.
///
/// # Errors
/// [`Error::InvalidParameters`]: `parse` does not accept it.
pub fn query_field<T>(
    request: &Request,
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, Reason>,
) -> Result<Option<T>, Error> {
    let query = request.query_string_parameters_ref();
    let value = query.and_then(|query| query.first(name));
    value.map(parse).transpose().map_err(|reason| Error::invalid(name, reason))
}

/// Returns the name of a field as the response may repeat it, which is not just any text that the
/// client has sent.
fn printable_name(name: &str) -> Cow<'static, str> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain && (1..=40).contains(&name.len()) { name.to_owned().into() } else { "body".into() }
}

/// Returns the names of nested members, joined by dots.
fn printable_path(names: &[String]) -> Cow<'static, str> {
    match names {
        [name] => printable_name(name),
        _ => names.iter().map(|name| printable_name(name)).collect::<Vec<_>>().join(".").into(),
    }
}

/// Returns whether every `Content-Type` of the request is JSON: some client libraries and proxies
/// repeat the header, and the gateway joins repeated headers by commas. A parameter such as
/// `charset` has no meaning (RFC 8259, section 11).
fn is_json(request: &Request) -> bool {
    let values = request.headers().get_all(header::CONTENT_TYPE).iter();
    let mut types = values.flat_map(|value| value.to_str().unwrap_or_default().split(','));
    let is_json = |content_type: &str| {
        let essence = content_type.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(JSON)
    };
    types.next().is_some_and(is_json) && types.all(is_json)
}
