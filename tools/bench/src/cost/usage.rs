//! The consumption of a function.

use crate::{call_setup::Invocation, spread::Spread, template::Function};
use load::BoxError;

/// The mean consumption of one function for one call set-up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Usage {
    pub(crate) function: String,
    pub(crate) operations: Vec<String>,
    pub(crate) write_units: f64,
    pub(crate) read_units: f64,
    /// The memory in MB.
    pub(crate) memory: u16,
    /// The measured time, without the waits for services that are far away in a deployment.
    pub(crate) milliseconds: Spread,
    /// The time with those waits, with each invocation rounded up to a whole millisecond.
    pub(crate) billed_milliseconds: f64,
    pub(crate) log_bytes: f64,
    pub(crate) response_bytes: f64,
}

impl Usage {
    /// Computes the means of some invocations, each of which waits for `wait` milliseconds besides.
    ///
    /// # Errors
    /// There is no invocation.
    pub(crate) fn of(
        function: &Function,
        invocations: &[&Invocation],
        wait: impl Fn(&Invocation) -> f64,
    ) -> Result<Self, BoxError> {
        let milliseconds = |it: &Invocation| it.duration.as_secs_f64() * 1e3;
        let mean = |of: &dyn Fn(&Invocation) -> f64| {
            sum(invocations, |it| of(it)) / invocations.len() as f64
        };
        let last = invocations.last().ok_or("no call was set up")?;
        Ok(Self {
            function: function.name.clone(),
            operations: last.dynamodb.iter().map(|it| it.operation.clone()).collect(),
            write_units: mean(&|it| it.units(true)),
            read_units: mean(&|it| it.units(false)),
            memory: function.memory,
            milliseconds: Spread::of(invocations.iter().map(|it| milliseconds(it)))?,
            billed_milliseconds: mean(&|it| (milliseconds(it) + wait(it)).ceil()),
            log_bytes: mean(&|it| it.log_bytes as f64),
            response_bytes: mean(&|it| it.response_bytes as f64),
        })
    }
}

/// Adds up a part of each.
pub(crate) fn sum<'a, T: 'a>(
    all: impl IntoIterator<Item = &'a T>,
    part: impl Fn(&T) -> f64,
) -> f64 {
    // The sum of no numbers is a negative zero.
    all.into_iter().map(part).sum::<f64>() + 0.0
}
