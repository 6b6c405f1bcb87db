//! The capacity of the local server, in closed loops: each client sends a request as soon as it has
//! the response to the one before. CPU per request, and how that grows with what is stored.

mod callee_growth;
mod closed_loop;
mod endpoint_load;
mod idle;
mod server;
mod situation;
mod table_growth;
mod trial;

pub(crate) use self::{endpoint_load::EndpointLoad, table_growth::Growth};
