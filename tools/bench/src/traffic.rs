//! Requests to the local server, as many people send them.

mod callees;
mod crowd;
mod exchange;
mod push_service;
mod requests;
mod servers;

pub(crate) use callees::{Callee, callees};
pub(crate) use crowd::{Crowd, Order, Round};
pub(crate) use exchange::Exchange;
pub(crate) use push_service::PushService;
pub(crate) use requests::{
    list_calls, make_link, open_link, place_call, place_call_in_vain, register, register_again,
};
pub(crate) use servers::{local_server, server};
