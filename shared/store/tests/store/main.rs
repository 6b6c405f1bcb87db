//! The store against an embedded DynamoDB, with the requests on the wire counted and spoiled.

mod calls;
mod faults;
mod foreign_items;
mod heartbeat;
mod registrations;
mod revocations;
mod table;
