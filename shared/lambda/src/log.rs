//! The log, with one line for each request: JSON for machines, text for people. No line holds a
//! path, header or body, which may contain tokens, cookies, push URLs or e-mail addresses.

use std::{
    fmt,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use loop_core::{
    LogFields, MetricNamespace, Metrics, Settings, TraceId, UnixMillis, UnknownSettings,
    setting::choice,
};
use serde_json::{Map, Value, json};

/// The form of the log lines, by their readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For machines: one JSON object a line.
    Json,
    /// For people at a terminal.
    Text,
}

impl LogFormat {
    /// Reads `LOG_FORMAT`: `json` or `text`.
    pub fn from_settings(settings: &mut Settings<'_>, default: Self) -> Option<Self> {
        let formats = [("json", Self::Json), ("text", Self::Text)];
        settings.or("LOG_FORMAT", default, choice(&formats))
    }
}

/// The place that log lines are written to.
#[derive(Clone)]
pub struct Logger {
    format: LogFormat,
    output: Arc<Mutex<dyn Write + Send>>,
}

impl Logger {
    /// Makes a logger that writes to `output`.
    pub fn new(format: LogFormat, output: impl Write + Send + 'static) -> Self {
        Self { format, output: Arc::new(Mutex::new(output)) }
    }

    /// Makes a logger that writes to standard output, which Lambda hands to CloudWatch.
    pub fn stdout(format: LogFormat) -> Self {
        Self::new(format, std::io::stdout())
    }

    /// Warns of settings that have no effect.
    pub fn warn(&self, unknown: &UnknownSettings) {
        self.write_line(match self.format {
            LogFormat::Json => {
                json!({ "level": "WARN", "message": unknown.to_string() }).to_string()
            }
            LogFormat::Text => unknown.to_string(),
        });
    }

    /// Writes a line. Metrics are for machines, and a line for people leaves them out.
    pub(crate) fn write(&self, line: &Line, metrics: Option<&ToldMetrics<'_>>) {
        self.write_line(match self.format {
            LogFormat::Json => line.to_json(metrics),
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

/// The cause in the log line when a function refuses an event that is not meant for it.
pub(crate) const FOREIGN_EVENT: &str = "an event of another kind";

/// The log line of one request, or of one item of an event.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) method: String,
    pub(crate) route: String,
    pub(crate) status: u16,
    pub(crate) request_id: String,
    pub(crate) duration: Duration,
    /// The trace that the request belongs to, in JSON alone.
    pub(crate) trace: Option<TraceId>,
    pub(crate) fields: LogFields,
}

/// The metrics of a line, as CloudWatch is to file them.
#[derive(Debug)]
pub(crate) struct ToldMetrics<'a> {
    pub(crate) metrics: &'a Metrics,
    pub(crate) namespace: &'a MetricNamespace,
    pub(crate) at: UnixMillis,
}

impl Line {
    fn to_json(&self, metrics: Option<&ToldMetrics<'_>>) -> String {
        let mut object = Map::new();
        object.insert("method".into(), self.method.as_str().into());
        object.insert("route".into(), self.route.as_str().into());
        object.insert("status".into(), self.status.into());
        object.insert("duration_ms".into(), self.milliseconds().into());
        object.insert("request_id".into(), self.request_id.as_str().into());
        if let Some(trace) = &self.trace {
            object.insert("trace".into(), trace.as_str().into());
        }
        object.extend(self.fields.iter().map(|(name, value)| (name.clone(), value.clone())));
        if let Some(told) = metrics {
            told.metrics.add_to(&mut object, told.namespace, told.at);
        }
        Value::Object(object).to_string()
    }

    /// Returns the duration with a tenth, since most requests take less than one millisecond.
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
        for (name, value) in self.fields.iter() {
            match value {
                Value::String(text) => write!(formatter, "  {name}={text}")?,
                value => write!(formatter, "  {name}={value}")?,
            }
        }
        Ok(())
    }
}
