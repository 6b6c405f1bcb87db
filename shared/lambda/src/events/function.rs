//! Functions that something other than an HTTP request starts, and the edge that all of them share.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use lambda_http::http::StatusCode;
use loop_core::{Clock, Counters, LogFields, Metric, Settings, TraceId};
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    edge_log::EdgeLog,
    http::error::Error,
    log::{FOREIGN_EVENT, Line, Logger},
};

/// A function that an event starts: its construction, and the handling of one item of the event.
pub trait EventFunction: Sized + Send + Sync + 'static {
    /// The kind of item that starts the function.
    type Item: EventItem;

    /// Builds the function from its settings, once. Reads all of them before it gives up, so that
    /// every fault is reported at the same time.
    fn from_settings(settings: &mut Settings<'_>, clock: &Clock) -> Option<Self>;

    /// Opens connections before the first event, while Lambda still gives a full CPU.
    fn warm(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Returns the counters that the function and its clients add to, if it has any. The edge tells
    /// their counts with its log lines.
    fn counters(&self) -> Option<&Counters> {
        None
    }

    /// Handles one item. The fields that it adds to `log` go to the item's log line.
    ///
    /// # Errors
    /// The number and the cause of the [`Error`] go to the log line. The kind of item decides what
    /// its status means.
    fn handle(
        &self,
        item: &Self::Item,
        log: &mut LogFields,
    ) -> impl Future<Output = Result<StatusCode, Error>> + Send;
}

/// An item of an event, and the response to the whole event.
pub trait EventItem: Sized + Send + Sync + 'static {
    /// Reads the items of an event; returns `None` when it is of another kind.
    fn read(event: Value) -> Option<Vec<Self>>;

    /// The source of the event: `WEBSOCKET` or `SQS`.
    const SOURCE: &'static str;

    /// The longest time that one item may take. After that the item has failed, and the function
    /// says so itself, before Lambda ends the process and its log line is lost.
    const TIME_LIMIT: Duration;

    /// Returns the route or the queue of the source that the item came by.
    fn route(&self) -> &str;

    /// Returns the name of the item, for people who look for it in the log.
    fn id(&self) -> &str;

    /// Makes the response to the whole event. An event that could not be read has one outcome
    /// without an item, with status 400.
    fn respond(outcomes: &[(Option<Self>, StatusCode)]) -> Value;
}

/// A function with the common edge around it: errors and panics become responses, and each item
/// leaves one log line. The Lambda entry point and the local server both call
/// [`EventEdge::respond`].
#[derive(Debug)]
pub struct EventEdge<F> {
    function: F,
    log: EdgeLog,
}

impl<F: EventFunction> EventEdge<F> {
    /// Builds the function and its edge.
    pub fn from_settings(
        settings: &mut Settings<'_>,
        clock: &Clock,
        logger: Logger,
    ) -> Option<Self> {
        let function = F::from_settings(settings, clock);
        let log = EdgeLog::from_settings(settings, clock, logger);
        Some(Self { function: function?, log: log? })
    }

    /// Opens connections before the first event.
    pub async fn warm(&self) {
        self.function.warm().await;
    }

    /// Responds to an event as Lambda hands it over. An error or a panic of the function becomes a
    /// response, too.
    pub async fn respond(&self, event: Value) -> Value {
        self.respond_traced(event, None).await
    }

    /// Responds to an event that belongs to this trace.
    pub(crate) async fn respond_traced(&self, event: Value, trace: Option<TraceId>) -> Value {
        let Some(items) = F::Item::read(event) else { return self.refuse() };
        let mut outcomes = Vec::new();
        for item in items {
            let status = self.handle(&item, trace.clone()).await;
            outcomes.push((Some(item), status));
        }
        F::Item::respond(&outcomes)
    }

    fn refuse(&self) -> Value {
        let status = StatusCode::BAD_REQUEST;
        let mut log = LogFields::default();
        log.add("cause", FOREIGN_EVENT);
        self.write(&line::<F::Item>(None, status, Duration::ZERO, log));
        F::Item::respond(&[(None, status)])
    }

    async fn handle(&self, item: &F::Item, trace: Option<TraceId>) -> StatusCode {
        let started = Instant::now();
        let mut log = LogFields::default();
        // The future is boxed because the compiler cannot handle the nested futures of the SDK, the
        // channel and the runtime otherwise.
        let handling = self.function.handle(item, &mut log).boxed();
        let handled = timeout(F::Item::TIME_LIMIT, AssertUnwindSafe(handling).catch_unwind()).await;
        let result = match handled {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::Internal { cause: "panic".into() }),
            Err(_) => Err(Error::Unavailable { cause: "out of time".into() }),
        };
        let status = result.unwrap_or_else(|error| {
            log.add("errno", error.errno());
            if let Some(cause) = error.cause() {
                log.add("cause", cause);
            }
            error.status()
        });
        self.write(&Line { trace, ..line(Some(item), status, started.elapsed(), log) });
        status
    }

    /// Writes a line, and counts what it tells: a failure of ours, or an event that is refused.
    fn write(&self, line: &Line) {
        let metric = match line.status {
            500.. => Some((Metric::EventFailures, 1)),
            400.. => Some((Metric::Junk, 1)),
            _ => None,
        };
        self.log.write(line, self.function.counters(), metric);
    }
}

/// Makes the log line of one item, or of an event that could not be read, which has no item.
fn line<I: EventItem>(
    item: Option<&I>,
    status: StatusCode,
    duration: Duration,
    fields: LogFields,
) -> Line {
    Line {
        method: I::SOURCE.to_owned(),
        route: format!("{} {}", I::SOURCE, item.map_or("", I::route)),
        status: status.as_u16(),
        request_id: item.map_or("", I::id).to_owned(),
        duration,
        trace: None,
        fields,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    use futures_util::FutureExt;
    use loop_core::MetricNamespace;
    use serde_json::json;

    use super::*;
    use crate::{LogFormat, SqsMessage};

    /// A function that does what its items say.
    struct Obedient;

    impl EventFunction for Obedient {
        type Item = SqsMessage;

        fn from_settings(_: &mut Settings<'_>, _: &Clock) -> Option<Self> {
            Some(Self)
        }

        async fn handle(
            &self,
            item: &SqsMessage,
            log: &mut LogFields,
        ) -> Result<StatusCode, Error> {
            log.add("heard", true);
            match item.body() {
                "panic" => panic!("as told"),
                "hang" => std::future::pending().await,
                "fail" => Err(Error::Unavailable { cause: "as told".into() }),
                _ => Ok(StatusCode::OK),
            }
        }
    }

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn edge() -> (EventEdge<Obedient>, Lines) {
        let lines = Lines::default();
        let logger = Logger::new(LogFormat::Json, lines.clone());
        let namespace = MetricNamespace::parse("test").unwrap();
        let log = EdgeLog::new(logger, Clock::system(), Some(namespace));
        (EventEdge { function: Obedient, log }, lines)
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_hangs_or_panics_comes_again_and_nothing_else() {
        let (edge, lines) = edge();
        let record = |id: &str, body: &str| {
            json!({
                "messageId": id, "body": body, "eventSourceARN": "arn:aws:sqs:eu-central-1:1:later",
            })
        };
        let bodies = [("1", "work"), ("2", "panic"), ("3", "fail"), ("4", "hang")];
        let records = bodies.map(|(id, body)| record(id, body));
        let response = edge.respond(json!({ "Records": records })).await;
        let failures = ["2", "3", "4"].map(|id| json!({ "itemIdentifier": id }));
        assert_eq!(response, json!({ "batchItemFailures": failures }));

        let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let statuses: Vec<_> = lines.iter().map(|line| line["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [200, 500, 503, 503]);
        assert_eq!(lines[2]["method"], "SQS");
        assert_eq!(lines[2]["route"], "SQS later");
        assert_eq!(lines[2]["request_id"], "3");
        assert_eq!(lines[2]["cause"], "as told");
        assert_eq!(lines[2]["heard"], true);
        assert_eq!(lines[3]["cause"], "out of time");
        assert_eq!(lines[3]["EventFailures"], 1);
        let first: Vec<_> = lines.iter().map(|line| line.get("ColdStarts").is_some()).collect();
        assert_eq!(first, [true, false, false, false]);
    }

    #[test]
    fn an_event_of_another_kind_does_nothing_but_leave_a_line() {
        let (edge, lines) = edge();
        let response = edge.respond(json!({ "rawPath": "/" })).now_or_never().unwrap();
        assert_eq!(response, json!({ "batchItemFailures": [] }));
        let line: Value = serde_json::from_slice(&lines.0.lock().unwrap()).unwrap();
        assert_eq!((&line["status"], &line["method"]), (&json!(400), &json!("SQS")));
        assert_eq!(line["cause"], "an event of another kind");
        assert_eq!(line["Junk"], 1);
    }
}
