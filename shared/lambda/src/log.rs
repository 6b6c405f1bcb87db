//! One line per request: for machines as JSON, for people as text. Never a path, header or body,
//! which may hold tokens, cookies, push URLs or e-mail addresses.

use std::{
    fmt,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use lambda_http::http::StatusCode;
use loop_core::{Settings, setting::choice, settings::UnknownSettings};
use serde_json::{Map, Value, json};

use crate::{
    EventItem, Request, Response,
    endpoint::{request_id, route_key},
};

/// Who reads the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Machines: one JSON object a line.
    Json,
    /// People at a terminal.
    Text,
}

impl LogFormat {
    /// Reads `LOG_FORMAT`: `json` or `text`.
    pub fn from_settings(settings: &mut Settings<'_>, default: Self) -> Option<Self> {
        let formats = [("json", Self::Json), ("text", Self::Text)];
        settings.or("LOG_FORMAT", default, choice(&formats))
    }
}

/// Where log lines go.
#[derive(Clone)]
pub struct Logger {
    format: LogFormat,
    output: Arc<Mutex<dyn Write + Send>>,
}

impl Logger {
    /// Writes to `output`.
    pub fn new(format: LogFormat, output: impl Write + Send + 'static) -> Self {
        Self { format, output: Arc::new(Mutex::new(output)) }
    }

    /// Writes to standard output, which Lambda hands to CloudWatch.
    pub fn stdout(format: LogFormat) -> Self {
        Self::new(format, std::io::stdout())
    }

    /// Tells of settings that have no effect.
    pub fn warn(&self, unknown: &UnknownSettings) {
        self.write_line(match self.format {
            LogFormat::Json => {
                json!({ "level": "WARN", "message": unknown.to_string() }).to_string()
            }
            LogFormat::Text => unknown.to_string(),
        });
    }

    pub(crate) fn write(&self, line: &Line) {
        self.write_line(match self.format {
            LogFormat::Json => line.to_json(),
            LogFormat::Text => line.to_string(),
        });
    }

    fn write_line(&self, text: String) {
        let mut output = self.output.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // A log that can't be written is no reason to fail the request.
        let _ = writeln!(output, "{text}").and_then(|()| output.flush());
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Logger").field("format", &self.format).finish_non_exhaustive()
    }
}

/// What a function adds to the log line of its request or event. Only what may be seen by every
/// operator: counts, outcomes, error codes.
#[derive(Clone, Debug, Default)]
pub struct Notes(Map<String, Value>);

impl Notes {
    /// Adds `name: value`.
    pub fn add(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

/// Adds `name: value` to the log line of the request that `response` answers. Only what may be
/// seen by every operator: counts, outcomes, error codes.
pub fn note(response: &mut Response, name: &str, value: impl Into<Value>) {
    response.extensions_mut().get_or_insert_default::<Notes>().add(name, value);
}

/// The cause of an answer to something that the function is not for.
pub(crate) const FOREIGN_EVENT: &str = "an event of another kind";

/// The line of one request, or of one item of an event.
#[derive(Debug)]
pub(crate) struct Line {
    method: String,
    route: String,
    status: u16,
    request_id: String,
    duration: Duration,
    notes: Map<String, Value>,
}

impl Line {
    pub(crate) fn of(request: &Request, response: &mut Response, duration: Duration) -> Self {
        let notes = response.extensions_mut().remove::<Notes>().unwrap_or_default();
        Self {
            method: request.method().to_string(),
            route: route_key(request).to_owned(),
            status: response.status().as_u16(),
            request_id: request_id(request).to_owned(),
            duration,
            notes: notes.0,
        }
    }

    pub(crate) fn of_item<I: EventItem>(
        item: Option<&I>,
        status: StatusCode,
        duration: Duration,
        notes: Notes,
    ) -> Self {
        Self {
            method: I::SOURCE.to_owned(),
            route: format!("{} {}", I::SOURCE, item.map_or("", I::route)),
            status: status.as_u16(),
            request_id: item.map_or("", I::id).to_owned(),
            duration,
            notes: notes.0,
        }
    }

    fn to_json(&self) -> String {
        let mut object = Map::new();
        object.insert("method".into(), self.method.as_str().into());
        object.insert("route".into(), self.route.as_str().into());
        object.insert("status".into(), self.status.into());
        object.insert("duration_ms".into(), self.milliseconds().into());
        object.insert("request_id".into(), self.request_id.as_str().into());
        object.extend(self.notes.clone());
        Value::Object(object).to_string()
    }

    /// With a tenth: most requests take less than one.
    fn milliseconds(&self) -> f64 {
        (self.duration.as_secs_f64() * 10_000.0).round() / 10.0
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let route = match self.route.as_str() {
            "$default" => format!("{} (no such route)", self.method),
            route => route.to_owned(),
        };
        write!(formatter, "{} {route}  {} ms", self.status, self.milliseconds())?;
        for (name, value) in &self.notes {
            match value {
                Value::String(text) => write!(formatter, "  {name}={text}")?,
                value => write!(formatter, "  {name}={value}")?,
            }
        }
        Ok(())
    }
}
