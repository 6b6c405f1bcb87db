//! The messages that clients send.

use std::{collections::BTreeMap, fmt};

use loop_core::progress::{ConnectionId, Event, TerminationReason};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The length of the longest message that is read.
pub const MESSAGE_MAX_BYTES: usize = 16 * 1024;

/// A message of a client. `Debug` hides tokens and signalling.
pub enum ClientMessage<'a> {
    /// The first message of a connection, which proves to which call the connection belongs.
    Hello {
        /// A participant token that is not verified yet.
        token: String,
    },
    /// An action that advances the call.
    Action(Action),
    /// Signalling for the other party.
    Signal {
        /// The JSON text, which is passed on unread.
        data: &'a RawValue,
    },
    /// A message that keeps the connection open.
    Ping,
}

/// An action of a party on its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A device of the callee takes the call.
    Accept,
    /// The party receives media of the other side.
    MediaUp,
    /// The party ends the call.
    Terminate(TerminationReason),
}

/// A fault that makes a message unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// The message is not a JSON object.
    NotAnObject,
    /// A field has a value that is not allowed there.
    Invalid(&'static str),
    /// A field is missing.
    Missing(&'static str),
    /// A field occurs twice, so the message is ambiguous.
    Repeated(&'static str),
    /// The message is longer than [`MESSAGE_MAX_BYTES`].
    TooLong,
}

impl<'a> ClientMessage<'a> {
    /// Reads a message, with or without a byte order mark before it (RFC 8259, section 8.1). Fields
    /// that are not known are ignored.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(text: &'a str) -> Result<Self, MessageError> {
        if text.len() > MESSAGE_MAX_BYTES {
            return Err(MessageError::TooLong);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let fields: Fields<'_> =
            serde_json::from_str(text).map_err(|_| MessageError::NotAnObject)?;
        if let Some(name) = fields.repeated {
            return Err(MessageError::Repeated(name));
        }
        match fields.read::<String>("type")?.as_str() {
            "hello" => Ok(Self::Hello { token: fields.read("token")? }),
            "action" => Ok(Self::Action(fields.action()?)),
            "signal" => Ok(Self::Signal { data: fields.raw("data")? }),
            "ping" => Ok(Self::Ping),
            _ => Err(MessageError::Invalid("type")),
        }
    }

    /// Returns the type of the message, for the log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Action(Action::Accept) => "accept",
            Self::Action(Action::MediaUp) => "media-up",
            Self::Action(Action::Terminate(_)) => "terminate",
            Self::Signal { .. } => "signal",
            Self::Ping => "ping",
        }
    }
}

impl Action {
    /// Returns the event that the action of `connection` is for the call.
    pub fn event(self, connection: ConnectionId) -> Event {
        match self {
            Self::Accept => Event::Accept(connection),
            Self::MediaUp => Event::MediaUp(connection),
            Self::Terminate(reason) => Event::Terminate(connection, reason),
        }
    }
}

/// The fields of a message, each still as JSON text, because `data` is passed on as it was sent.
#[derive(Default)]
struct Fields<'a> {
    by_name: BTreeMap<String, &'a RawValue>,
    /// A field that occurs twice.
    repeated: Option<&'static str>,
}

/// The names of all fields that messages have.
const NAMES: [&str; 5] = ["data", "event", "reason", "token", "type"];

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some((name, value)) = members.next_entry::<String, &RawValue>()? {
            let known = NAMES.into_iter().find(|known| *known == name);
            if fields.by_name.insert(name, value).is_some() {
                fields.repeated = Some(known.unwrap_or("a field that is not known"));
            }
        }
        Ok(fields)
    }
}

impl<'a> Fields<'a> {
    fn action(&self) -> Result<Action, MessageError> {
        match self.read::<String>("event")?.as_str() {
            "accept" => Ok(Action::Accept),
            "media-up" => Ok(Action::MediaUp),
            "terminate" => Ok(Action::Terminate(self.read("reason")?)),
            _ => Err(MessageError::Invalid("event")),
        }
    }

    fn raw(&self, name: &'static str) -> Result<&'a RawValue, MessageError> {
        self.by_name.get(name).copied().ok_or(MessageError::Missing(name))
    }

    fn read<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, MessageError> {
        serde_json::from_str(self.raw(name)?.get()).map_err(|_| MessageError::Invalid(name))
    }
}

impl MessageError {
    /// Returns the number of the error, as in `docs/call-channel.md`.
    pub fn errno(self) -> u16 {
        match self {
            Self::NotAnObject => 106,
            Self::Invalid(_) | Self::Repeated(_) => 107,
            Self::Missing(_) => 108,
            Self::TooLong => 113,
        }
    }
}

impl fmt::Debug for ClientMessage<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ClientMessage({})", self.name())
    }
}

impl fmt::Display for MessageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject => formatter.write_str("not a JSON object"),
            Self::Invalid(field) => write!(formatter, "{field}: not a value that it can have"),
            Self::Missing(field) => write!(formatter, "{field} is missing"),
            Self::Repeated(field) => write!(formatter, "{field} is there twice"),
            Self::TooLong => write!(formatter, "a message: at most {MESSAGE_MAX_BYTES} bytes"),
        }
    }
}

impl std::error::Error for MessageError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> MessageError {
        ClientMessage::parse(text).unwrap_err()
    }

    #[test]
    fn every_documented_message_is_read_and_unknown_fields_are_ignored() {
        let hello = ClientMessage::parse(r#"{"type":"hello","token":"t","new":[1]}"#).unwrap();
        assert!(matches!(hello, ClientMessage::Hello { token } if token == "t"));
        assert!(matches!(ClientMessage::parse(r#" {"type":"ping"} "#), Ok(ClientMessage::Ping)));
        for (event, action) in [
            (r#""accept""#, Action::Accept),
            (r#""media-up","reason":7"#, Action::MediaUp),
            (r#""terminate","reason":"busy""#, Action::Terminate(TerminationReason::Busy)),
            (
                r#""terminate","reason":"media-fail""#,
                Action::Terminate(TerminationReason::MediaFail),
            ),
        ] {
            let text = format!(r#"{{"type":"action","event":{event}}}"#);
            let message = ClientMessage::parse(&text).unwrap();
            assert!(matches!(message, ClientMessage::Action(read) if read == action), "{text}");
        }
    }

    #[test]
    fn signalling_is_handed_on_as_it_was_sent() {
        for data in [r#"{"sdp": "v=0\r\n\u00e9", "n": 1.10e5}"#, "null", "[ ]", "\"a\""] {
            let text = format!(r#"{{"data":{data},"type":"signal"}}"#);
            let ClientMessage::Signal { data: read } = ClientMessage::parse(&text).unwrap() else {
                panic!("{text}")
            };
            assert_eq!(read.get(), data);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_number() {
        for text in ["", "{", "[]", "null", "\"ping\"", "{\"type\":\"ping\"}x", "e30="] {
            assert_eq!(error(text), MessageError::NotAnObject, "{text}");
        }
        for (text, field) in [
            (r#"{"type":"dance"}"#, "type"),
            (r#"{"type":7}"#, "type"),
            (r#"{"type":"hello","token":{}}"#, "token"),
            (r#"{"type":"action","event":"hold"}"#, "event"),
            (r#"{"type":"action","event":"terminate","reason":"boredom"}"#, "reason"),
            (r#"{"type":"action","event":"terminate","reason":null}"#, "reason"),
        ] {
            assert_eq!(error(text), MessageError::Invalid(field), "{text}");
        }
        for (text, field) in [
            ("{}", "type"),
            (r#"{"type":"hello"}"#, "token"),
            (r#"{"type":"action"}"#, "event"),
            (r#"{"type":"action","event":"terminate"}"#, "reason"),
            (r#"{"type":"signal"}"#, "data"),
        ] {
            assert_eq!(error(text), MessageError::Missing(field), "{text}");
        }
        for (text, field) in [
            (r#"{"type":"ping","type":"hello","token":"t"}"#, "type"),
            (r#"{"type":"ping","type":"ping"}"#, "type"),
            (r#"{"type":"ping","typ\u0065":"ping"}"#, "type"),
            (r#"{"type":"hello","token":"t","token":"u"}"#, "token"),
            (r#"{"type":"action","event":"accept","event":"media-up"}"#, "event"),
            (
                r#"{"type":"action","event":"terminate","reason":"busy","reason":"reject"}"#,
                "reason",
            ),
            (r#"{"type":"signal","data":1,"data":2}"#, "data"),
            (r#"{"type":"ping","new":1,"new":2}"#, "a field that is not known"),
        ] {
            assert_eq!(error(text), MessageError::Repeated(field), "{text}");
        }
        let numbers = [
            MessageError::NotAnObject,
            MessageError::Invalid("type"),
            MessageError::Missing("type"),
            MessageError::Repeated("type"),
            MessageError::TooLong,
        ];
        assert_eq!(numbers.map(MessageError::errno), [106, 107, 108, 107, 113]);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_message() {
        let ping = ClientMessage::parse("\u{feff}{\"type\":\"ping\"}");
        assert!(matches!(ping, Ok(ClientMessage::Ping)));
        assert_eq!(error("\u{feff}\u{feff}{}"), MessageError::NotAnObject);
    }

    #[test]
    fn a_message_has_at_most_16_kib() {
        let frame = r#"{"type":"signal","data":""}"#;
        let text = |length: usize| {
            let filling = "x".repeat(length - frame.len());
            format!(r#"{{"type":"signal","data":"{filling}"}}"#)
        };
        assert!(ClientMessage::parse(&text(MESSAGE_MAX_BYTES)).is_ok());
        assert_eq!(error(&text(MESSAGE_MAX_BYTES + 1)), MessageError::TooLong);
    }

    #[test]
    fn deep_nesting_costs_no_stack() {
        let data = "[".repeat(8_000) + &"]".repeat(8_000);
        let text = format!(r#"{{"type":"signal","data":{data}}}"#);
        assert!(ClientMessage::parse(&text).is_ok());
    }
}
