//! What the edges of all functions share for their log lines.

use std::sync::atomic::{AtomicBool, Ordering};

use loop_core::{Clock, Counters, Metric, MetricNamespace, Metrics, Settings};

use crate::log::{Line, Logger, ToldMetrics};

/// The log of one function, whose lines also tell CloudWatch what was counted.
#[derive(Debug)]
pub(crate) struct EdgeLog {
    logger: Logger,
    clock: Clock,
    /// Without a namespace, no metrics are told.
    namespace: Option<MetricNamespace>,
    has_written: AtomicBool,
}

impl EdgeLog {
    /// Reads `LOOP_METRICS_NAMESPACE`, which is optional.
    pub(crate) fn from_settings(
        settings: &mut Settings<'_>,
        clock: &Clock,
        logger: Logger,
    ) -> Option<Self> {
        let namespace = settings.optional("LOOP_METRICS_NAMESPACE", MetricNamespace::parse)?;
        Some(Self::new(logger, clock.clone(), namespace))
    }

    pub(crate) fn new(logger: Logger, clock: Clock, namespace: Option<MetricNamespace>) -> Self {
        Self { logger, clock, namespace, has_written: AtomicBool::new(false) }
    }

    /// Returns the clock that times the lines.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Writes a line, with what the function's clients have counted since the last one, and the
    /// count of `metric` from the edge itself.
    ///
    /// The first line is that of the first invocation, since every invocation of a new instance
    /// leaves one.
    pub(crate) fn write(
        &self,
        line: &Line,
        counters: Option<&Counters>,
        metric: Option<(Metric, u64)>,
    ) {
        let Some(namespace) = &self.namespace else { return self.logger.write(line, None) };
        let mut metrics = counters.map(Counters::take).unwrap_or_default();
        if let Some((metric, number)) = metric {
            metrics.add(metric, number);
        }
        if !self.has_written.swap(true, Ordering::Relaxed) {
            metrics.add(Metric::ColdStarts, 1);
        }
        self.tell(line, namespace, &metrics);
    }

    fn tell(&self, line: &Line, namespace: &MetricNamespace, metrics: &Metrics) {
        let told = ToldMetrics { metrics, namespace, at: self.clock.now() };
        self.logger.write(line, Some(&told));
    }
}
