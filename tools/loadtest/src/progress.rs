//! A line a second, for whoever waits for the end.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use crate::{recorder::Recorder, schedule::Plan, text::milliseconds};

/// Writes to standard error, until it is dropped.
pub(crate) async fn tell(recorder: Arc<Recorder>, plan: Plan) {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let begin = ticks.tick().await;
    loop {
        let second = ticks.tick().await.duration_since(begin).as_secs();
        let recent = recorder.recent();
        eprintln!(
            "{second:>5} of {} s  due {:<7} answered {:<7} in flight {:<4} errors {:<5} \
             last second: p50 {}, p99 {}",
            plan.seconds.ceil(),
            recent.due,
            recent.answered,
            recent.due - recent.answered - recent.failed,
            recent.failed,
            milliseconds(recent.latency.quantile(0.5)),
            milliseconds(recent.latency.quantile(0.99)),
        );
    }
}
