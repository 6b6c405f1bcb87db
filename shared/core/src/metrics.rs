//! What is counted for operators: the metrics, the counters that clients and edges add to, and the
//! form in which a log line hands the counts over to CloudWatch ([`emf`]).
//!
//! The set of metrics is fixed, because each one is paid for: no metric depends on what a client
//! sends. `docs/runbook.md` says what each is good for.

mod emf;
mod names;

use std::{
    array, fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::progress::TerminationReason;

pub use emf::MetricNamespace;

use self::names::{GROUPS, NAMES};

/// The number of metrics.
const COUNT: usize = NAMES.len();

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Calls that were stored. A repeat of the request stores no other call.
    CallsPlaced,
    /// Calls for which the first device of the callee has come to the call channel.
    CallsRung,
    /// Calls that a device has accepted.
    CallsAnswered,
    /// Calls that an event has ended, by its reason. A call whose caller never comes to the channel
    /// expires without an event.
    CallsEnded(TerminationReason),
    /// Pings to a push service.
    Pings(PushService, PingResult),
    /// Sessions that the provider could not make.
    ProviderFailures,
    /// Events of the call channel and the delay queue that have failed.
    EventFailures,
    /// Requests and events that were refused before anything was read or stored.
    Junk,
    /// First invocations of an instance.
    ColdStarts,
    /// Read units of DynamoDB, as its responses tell them.
    ReadUnits,
    /// Write units of DynamoDB, as its responses tell them. A write whose condition fails is paid
    /// for too, but its response does not tell its units.
    WriteUnits,
}

/// A push service. All that are not a browser's are one, so that their number is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushService {
    /// Of Firefox.
    Mozilla,
    /// Of Chrome, and of browsers made from it.
    Google,
    /// Of Safari.
    Apple,
    /// Of Edge on Windows.
    Windows,
    /// Any other one, which the operator has allowed.
    Other,
}

/// The result of a ping, as the metrics tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PingResult {
    /// The push service took it.
    Accepted,
    /// The push service no longer knows the device, which is the ordinary end of a subscription.
    Gone,
    /// The push service refused it, was silent, or could not be reached.
    Failed,
}

impl Metric {
    /// Returns the name of the metric in CloudWatch.
    pub fn name(self) -> &'static str {
        NAMES[self.index()]
    }

    fn index(self) -> usize {
        match self {
            Self::CallsPlaced => 0,
            Self::CallsRung => 1,
            Self::CallsAnswered => 2,
            Self::CallsEnded(reason) => match reason {
                TerminationReason::Reject => 3,
                TerminationReason::Busy => 4,
                TerminationReason::Timeout => 5,
                TerminationReason::Cancel => 6,
                TerminationReason::MediaFail => 7,
                // No call ends for the second reason: it is told to the devices that did not win.
                TerminationReason::Closed | TerminationReason::AnsweredElsewhere => 8,
            },
            Self::Pings(service, result) => 9 + 3 * service as usize + result as usize,
            Self::ProviderFailures => 24,
            Self::EventFailures => 25,
            Self::Junk => 26,
            Self::ColdStarts => 27,
            Self::ReadUnits => 28,
            Self::WriteUnits => 29,
        }
    }
}

impl PushService {
    /// Returns the service that `host` belongs to.
    pub fn of_host(host: &str) -> Self {
        let is_below = |zone: &str| host.strip_suffix(zone).is_some_and(|it| it.ends_with('.'));
        if is_below("push.services.mozilla.com") {
            Self::Mozilla
        } else if ["fcm.googleapis.com", "jmt17.google.com"].contains(&host) {
            Self::Google
        } else if is_below("push.apple.com") {
            Self::Apple
        } else if is_below("notify.windows.com") {
            Self::Windows
        } else {
            Self::Other
        }
    }
}

/// Counters that all clients of one function add to, until the next log line takes the counts.
/// Cheap to clone: all clones are the same counters.
#[derive(Clone)]
pub struct Counters(Arc<[AtomicU64; COUNT]>);

impl Counters {
    /// Adds `number` to the count of `metric`.
    pub fn add(&self, metric: Metric, number: u64) {
        // Nothing else depends on the order of these additions.
        self.0[metric.index()].fetch_add(number, Ordering::Relaxed);
    }

    /// Returns the counts, and begins again with zeros. Each count is returned once.
    pub fn take(&self) -> Metrics {
        Metrics(array::from_fn(|index| self.0[index].swap(0, Ordering::Relaxed)))
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self(Arc::new(array::from_fn(|_| AtomicU64::new(0))))
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Counters")
    }
}

/// The counts that belong to one log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics([u64; COUNT]);

impl Metrics {
    /// Adds `number` to the count of `metric`.
    pub fn add(&mut self, metric: Metric, number: u64) {
        self.0[metric.index()] += number;
    }

    /// Returns what is to be told, with its count: all that is not zero, and the zeros of metrics
    /// that are compared with it. CloudWatch does not compute with a metric that has no value.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let is_told = |index: usize| {
            let group = GROUPS.iter().find(|group| group.contains(&index));
            let related = group.cloned().unwrap_or(index..index + 1);
            self.0[related].iter().any(|count| *count > 0)
        };
        let told = (0..COUNT).filter(move |index| is_told(*index));
        told.map(|index| (NAMES[index], self.0[index]))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self([0; COUNT])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns every metric there is.
    fn all() -> Vec<Metric> {
        use TerminationReason::{Busy, Cancel, Closed, MediaFail, Reject, Timeout};
        let reasons = [Reject, Busy, Timeout, Cancel, MediaFail, Closed];
        let services = [
            PushService::Mozilla,
            PushService::Google,
            PushService::Apple,
            PushService::Windows,
            PushService::Other,
        ];
        let results = [PingResult::Accepted, PingResult::Gone, PingResult::Failed];
        let mut all = vec![Metric::CallsPlaced, Metric::CallsRung, Metric::CallsAnswered];
        all.extend(reasons.map(Metric::CallsEnded));
        for service in services {
            all.extend(results.map(|result| Metric::Pings(service, result)));
        }
        all.extend([
            Metric::ProviderFailures,
            Metric::EventFailures,
            Metric::Junk,
            Metric::ColdStarts,
            Metric::ReadUnits,
            Metric::WriteUnits,
        ]);
        all
    }

    #[test]
    fn every_metric_has_a_name_and_a_count_of_its_own() {
        let names: Vec<_> = all().iter().map(|metric| metric.name()).collect();
        assert_eq!(names, NAMES);
        for metric in all() {
            // The name says what the metric is: `Pings(Mozilla, Gone)` is `PingsMozillaGone`.
            let words = format!("{metric:?}").replace(['(', ')', ',', ' '], "");
            assert_eq!(metric.name(), words);
        }
    }

    #[test]
    fn a_count_is_taken_once_whichever_clone_it_came_by() {
        let counters = Counters::default();
        counters.clone().add(Metric::Junk, 2);
        counters.add(Metric::Junk, 3);
        let taken = counters.take();
        assert_eq!(taken.iter().collect::<Vec<_>>(), [("Junk", 5)]);
        assert_eq!(counters.take(), Metrics::default());
    }

    #[test]
    fn metrics_that_are_compared_come_together() {
        let told = |metric| {
            let mut metrics = Metrics::default();
            metrics.add(metric, 1);
            metrics.iter().collect::<Vec<_>>()
        };
        assert_eq!(told(Metric::CallsPlaced), [("CallsPlaced", 1), ("CallsRung", 0)]);
        assert_eq!(told(Metric::CallsRung), [("CallsPlaced", 0), ("CallsRung", 1)]);
        assert_eq!(told(Metric::CallsAnswered), [("CallsAnswered", 1)]);
        assert_eq!(
            told(Metric::Pings(PushService::Apple, PingResult::Failed)),
            [("PingsAppleAccepted", 0), ("PingsAppleGone", 0), ("PingsAppleFailed", 1)],
        );
        assert_eq!(told(Metric::WriteUnits), [("WriteUnits", 1)]);
    }

    #[test]
    fn a_push_service_is_known_by_its_host() {
        for (host, service) in [
            ("updates.push.services.mozilla.com", PushService::Mozilla),
            ("fcm.googleapis.com", PushService::Google),
            ("jmt17.google.com", PushService::Google),
            ("web.push.apple.com", PushService::Apple),
            ("db5p.notify.windows.com", PushService::Windows),
            ("push.example.org", PushService::Other),
            ("push.services.mozilla.com", PushService::Other),
            ("notpush.apple.com", PushService::Other),
            ("localhost", PushService::Other),
        ] {
            assert_eq!(PushService::of_host(host), service, "{host}");
        }
    }
}
