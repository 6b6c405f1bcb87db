//! The store against a DynamoDB, with the requests on the wire counted and spoiled.

#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

mod bindings;
mod calls;
mod channel;
mod channel_faults;
mod channel_model;
mod channel_races;
mod costs;
mod ended;
mod faults;
mod foreign_items;
mod heartbeat;
mod history;
mod places;
mod registrations;
mod registrations_model;
mod repeats;
mod revocations;
mod ringing;
mod stored_items;
mod table;
mod tls;
