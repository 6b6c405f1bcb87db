//! Tests of the load test: it measures honestly, puts load on no other service, and keeps to its
//! thresholds.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

mod fake;
mod honesty;
mod machines;
mod memory;
mod refusals;
mod run;
mod story;
mod thresholds;
