//! Tests of the load test: it is honest, has no other target than the one named, and judges as it
//! was told.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

mod fake;
mod honesty;
mod machines;
mod memory;
mod refusals;
mod run;
mod story;
mod thresholds;
