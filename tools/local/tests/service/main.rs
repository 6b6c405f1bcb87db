//! Tests of the whole service through its local server: real HTTP in front, the AWS SDK against an
//! embedded DynamoDB behind, and real push receivers beside it.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

mod ambiguous_bodies;
mod bad_bodies;
mod bad_input;
mod circles;
mod command_line;
mod compression;
mod cookies;
mod cors;
mod cross_site;
mod debug_output;
mod demo;
mod dependencies;
mod deployer;
mod devices;
mod documents;
mod error_pages;
mod faults;
mod flow;
mod front;
mod gateway;
mod head;
mod headers;
mod known_settings;
mod leaks;
mod moved;
mod names;
mod naming;
mod openapi;
mod operation;
mod outages;
mod page;
mod parameters;
mod pasted;
mod policies;
mod push_urls;
mod reachable;
mod repeats;
mod ringing;
mod runbook;
mod sam_local;
mod secrets;
mod sessions;
mod spellings;
mod stale_devices;
mod stored;
mod template;
mod timeouts;
mod world;
