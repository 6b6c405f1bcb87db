//! The load test itself: whether it is honest, aims at nobody else, and judges as it was told.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

mod fake;
mod honesty;
mod machines;
mod memory;
mod refusals;
mod run;
mod story;
mod thresholds;
