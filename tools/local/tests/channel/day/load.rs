//! The load of the day, which keeps its own counts of what it does.

use std::time::Duration;

use tokio::time::timeout;

use super::{
    alarms::{MetricId, Metrics},
    emf::{self, Sample},
    metrics::Counts,
};
use crate::{
    fake::until,
    party::{Call, place, until_connections},
    socket::Socket,
    world::{BEGINNING, World},
};

/// The name of the stack, which is the namespace of its metrics.
pub(crate) const STACK: &str = "loop-day";

/// A time in which every function has written its line, on a busy machine.
const SOON: Duration = Duration::from_secs(15);

pub(crate) struct Load {
    pub(crate) world: World,
    /// What was done so far, by the name of the metric that has to tell of it.
    did: Counts,
    /// What a world of its own has told, with another configuration of the same stack.
    pub(crate) told_elsewhere: Vec<Sample>,
    /// Metrics that AWS itself would tell.
    of_aws: Metrics,
    hour: u64,
}

impl Load {
    pub(crate) async fn begin() -> Self {
        Self {
            // Pings that fail are tried again, and none may be cut off by a busy machine.
            world: world(&[("LOOP_PUSH_TIMEOUT_MS", "5000")]).await,
            did: Counts::new(),
            told_elsewhere: Vec::new(),
            of_aws: Metrics::default(),
            hour: 0,
        }
    }

    pub(crate) fn begin_hour(&mut self, number: u64) {
        self.hour = number;
        self.after(0);
    }

    /// Moves the clock to this number of seconds after the beginning of the hour.
    pub(crate) fn after(&self, seconds: u64) {
        self.world.after(self.seconds(seconds));
    }

    /// Returns the number of seconds from the beginning of the day to this second of the hour.
    pub(crate) fn seconds(&self, seconds: u64) -> u64 {
        self.hour * 3600 + seconds
    }

    /// Notes that something was done that a metric has to tell of.
    pub(crate) fn count(&mut self, metric: &str, number: usize) {
        *self.did.entry(metric.to_owned()).or_default() += number as u64;
    }

    pub(crate) fn count_of(&self, metric: &str) -> u64 {
        self.did().get(metric).copied().unwrap_or_default()
    }

    /// Notes what AWS would tell of this second of the hour. A dimension is written as in
    /// `template.yaml`.
    pub(crate) fn aws_tells(
        &mut self,
        seconds: u64,
        (namespace, name, dimension): (&str, &str, Option<&str>),
        value: f64,
    ) {
        let metric = MetricId {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimension: dimension.map(str::to_owned),
        };
        self.of_aws.add(metric, self.seconds(seconds) / 60, value);
    }

    /// Returns all metrics that CloudWatch would have, by the minute of the day.
    pub(crate) fn metrics(&self) -> Metrics {
        let mut metrics = self.of_aws.clone();
        for Sample { at, namespace, name, value } in self.samples() {
            let minute = (at / 1000 - BEGINNING) / 60;
            metrics.add(MetricId { namespace, name, dimension: None }, minute, value);
        }
        metrics
    }

    /// Places a call to a callee with one device, which its push service wakes.
    pub(crate) async fn place(&mut self) -> Call {
        self.count("CallsPlaced", 1);
        self.count("PingsOtherAccepted", 1);
        place(&self.world).await
    }

    /// Places a call and lets it ring.
    pub(crate) async fn ring(&mut self) -> (Socket, Socket) {
        let call = self.place().await;
        self.count("CallsRung", 1);
        call.both().await
    }

    /// Places a call and lets the callee accept it.
    pub(crate) async fn answer(&mut self) -> (Socket, Socket) {
        let call = self.place().await;
        self.count("CallsRung", 1);
        self.count("CallsAnswered", 1);
        call.connecting().await
    }

    /// Moves the clock to this number of seconds after the beginning of the hour, and lets the queue
    /// deliver all deadlines. Those that are not due yet wait again.
    pub(crate) async fn deliver_deadlines(&self, seconds: u64) {
        self.after(seconds);
        self.world.server.delay_queue().deliver_all().await;
    }

    /// Checks that the log tells of everything that was done, and of nothing else.
    pub(crate) async fn end_hour(&self, what: &str) {
        until_connections(&self.world, 0).await;
        assert_eq!(self.world.server.delay_queue().waiting(), [], "{what}: left for a later hour");
        // The last function may still be about to write its line when a client has its response.
        let _ = timeout(SOON, until(|| self.told() == self.did())).await;
        assert_eq!(self.told(), self.did(), "{what}");
        assert_eq!(self.world.wire.consumed().untold, 0, "{what}");
    }

    /// Returns what was done, with the units of DynamoDB as they were seen on the wire.
    fn did(&self) -> Counts {
        let mut did = self.did.clone();
        let consumed = self.world.wire.consumed();
        for (metric, units) in [("ReadUnits", consumed.read), ("WriteUnits", consumed.write)] {
            *did.entry(metric.to_owned()).or_default() += units;
        }
        did.retain(|_, number| *number > 0);
        did
    }

    /// Returns what the log tells, summed over the day.
    fn told(&self) -> Counts {
        sums(&self.samples())
    }

    /// Returns all values that CloudWatch would take from the log, of both worlds.
    pub(crate) fn samples(&self) -> Vec<Sample> {
        let own = samples(&self.world).into_iter();
        own.chain(self.told_elsewhere.iter().cloned()).collect()
    }
}

/// Starts a world that tells metrics.
pub(crate) async fn world(variables: &[(&str, &str)]) -> World {
    let namespace = [("LOOP_METRICS_NAMESPACE", STACK)];
    World::with(&[&namespace, variables].concat()).await
}

/// Returns all values that CloudWatch would take from the log of a world.
pub(crate) fn samples(world: &World) -> Vec<Sample> {
    let samples: Vec<_> = world.log.text().lines().flat_map(emf::samples).collect();
    let now = world.clock.now().get();
    for sample in &samples {
        assert_eq!(sample.namespace, STACK);
        assert!((BEGINNING * 1000..=now).contains(&sample.at), "{sample:?}");
    }
    samples
}

/// Returns the sum of each metric that is not zero.
pub(crate) fn sums(samples: &[Sample]) -> Counts {
    let mut sums = Counts::new();
    for sample in samples {
        assert_eq!(sample.value.fract(), 0.0, "{sample:?}");
        *sums.entry(sample.name.clone()).or_default() += sample.value as u64;
    }
    sums.retain(|_, sum| *sum > 0);
    sums
}
