//! What people ask for, and how often each.

use crate::traffic::{
    Callee, Exchange, PushService, list_any_calls, make_link, open_link, place_call, register_again,
};

/// A callee's share of all requests.
pub(crate) const LENGTH: usize = REGISTRATIONS + LINKS + OPENED + CALLS + LISTS;
/// As often as a page of the callee is opened.
const REGISTRATIONS: usize = 20;
const LINKS: usize = 15;
/// Not every link that is opened is called.
const OPENED: usize = 34;
pub(crate) const CALLS: usize = 1;
/// Browsers look also when nobody calls.
pub(crate) const LISTS: usize = 30;

/// Far enough apart that one callee's requests don't meet each other.
const STRIDE: usize = 7919;

/// Requests of all kinds, so that each callee is called once.
pub(crate) fn of(callees: &[Callee], push: &PushService) -> Vec<Exchange> {
    let mut exchanges = Vec::new();
    for number in 0..callees.len() {
        for position in 0..LENGTH {
            let callee = &callees[(number + position * STRIDE) % callees.len()];
            exchanges.push(exchange(position, callee, push));
        }
    }
    exchanges
}

fn exchange(position: usize, callee: &Callee, push: &PushService) -> Exchange {
    // The order hardly matters: neighbours concern different people.
    let mut left = position;
    let mut is_within = |count: usize| match left.checked_sub(count) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    };
    match () {
        () if is_within(REGISTRATIONS) => register_again(callee, push, 0),
        () if is_within(LINKS) => make_link(&callee.cookie),
        () if is_within(OPENED) => open_link(callee),
        () if is_within(CALLS) => place_call(callee),
        () => list_any_calls(callee),
    }
}
