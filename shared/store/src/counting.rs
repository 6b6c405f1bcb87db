//! Counts what requests have cost and what has become of calls.

use aws_sdk_dynamodb::types::ConsumedCapacity;
use loop_core::{
    Counters, Metric,
    progress::{CallState, Progress},
};

/// Adds the units that a response tells. They are whole numbers, since all reads are strongly
/// consistent and there are no transactions.
pub(crate) fn count_units(
    counters: &Counters,
    metric: Metric,
    consumed: Option<&ConsumedCapacity>,
) {
    let units = consumed.and_then(ConsumedCapacity::capacity_units).unwrap_or_default();
    counters.add(metric, units.round() as u64);
}

/// Counts a stored change of a call: the first device has come, one has accepted, or it is over.
pub(crate) fn count_progress(counters: &Counters, before: &Progress, after: &Progress) {
    let (was, is) = (before.state(), after.state());
    if was == is {
        return;
    }
    if is == CallState::Alerting {
        counters.add(Metric::CallsRung, 1);
    }
    if is == CallState::Connecting {
        counters.add(Metric::CallsAnswered, 1);
    }
    if let Some(reason) = after.reason() {
        counters.add(Metric::CallsEnded(reason), 1);
    }
}
