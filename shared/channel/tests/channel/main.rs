//! The channel against an embedded DynamoDB, and against a gateway and a queue that record their
//! requests.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

mod faults;
mod limits;
mod outages;
mod stories;
mod strangers;
mod timers;
mod world;
