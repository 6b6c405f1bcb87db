//! Waking all devices of a callee at once.

use futures_util::future::join_all;
use loop_core::{Device, Metric, UserId};
use loop_push::{Outcome, Ping, Pusher, push_service};
use loop_store::Store;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};

/// The outcomes of the pings.
#[derive(Debug)]
pub(crate) struct Woken {
    /// The number of devices that will know of the call.
    pub(crate) notified: usize,
    /// The number of pings with each outcome, for the log line.
    pub(crate) outcomes: Value,
}

/// Pings every device, and forgets those that their push service no longer knows. Both must be over
/// at the deadline of a single ping, because the caller is waiting for the response.
pub(crate) async fn wake(
    pusher: &Pusher,
    store: &Store,
    callee: UserId,
    devices: &[Device],
    ping: &Ping,
) -> Woken {
    let deadline = Instant::now() + pusher.timeout();
    let wake_one = |device| async move {
        let outcome = pusher.ring(device, ping).await;
        count(store, device, outcome);
        if outcome == Outcome::Gone {
            // A failure is ignored: the next call finds the device again and tries once more.
            let _ = timeout_at(deadline, store.forget_device(callee, device)).await;
        }
        outcome
    };
    Woken::of(&join_all(devices.iter().map(wake_one)).await)
}

/// Counts a ping that was sent.
fn count(store: &Store, device: &Device, outcome: Outcome) {
    if let Some(result) = outcome.result() {
        let service = push_service(device.target.address());
        store.counters().add(Metric::Pings(service, result), 1);
    }
}

impl Woken {
    fn of(outcomes: &[Outcome]) -> Self {
        let mut counts = Map::new();
        for outcome in outcomes {
            let count = counts.entry(outcome.to_string()).or_insert(0.into());
            *count = (count.as_u64().unwrap_or_default() + 1).into();
        }
        let notified = outcomes.iter().filter(|outcome| outcome.is_notified()).count();
        Self { notified, outcomes: counts.into() }
    }
}
