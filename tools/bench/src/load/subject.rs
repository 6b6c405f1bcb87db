//! What is put load on.

use std::{net::SocketAddr, time::Duration};

use http_load::request;
use serde_json::json;

use crate::{
    Failure,
    traffic::{
        Callee, Exchange, Order, PushService, callees, list_calls, make_link, open_link,
        place_call, register, register_again,
    },
};

/// An endpoint of the local server in some situation, or the echo.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) order: Order,
    /// More than are answered in a second, of those that can be made only once.
    turns_per_second: usize,
    pub(crate) prepare: Prepare,
    /// What a request may cost of the server's CPU at 32 connections, in milliseconds.
    pub(crate) cpu_max: Option<f64>,
}

type Prepare = fn(&Preparation<'_>) -> Result<Vec<Exchange>, Failure>;

/// For whom, and how many.
pub(crate) struct Preparation<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) push: &'a PushService,
    pub(crate) count: usize,
}

/// What the others are compared with.
pub(crate) const ECHO: Subject = Subject::repeated("bare HTTP echo", echo);

/// Each as it is used most.
pub(crate) const ENDPOINTS: [Subject; 6] = [
    Subject::once("`POST /registration`, new user", 10_000, new_users).at_most(0.2),
    Subject::repeated("`POST /registration`, again", known_users).at_most(0.2),
    Subject::repeated("`POST /call-url`", links).at_most(0.06),
    Subject::repeated("`GET /calls/{token}`", opened_links).at_most(0.06),
    Subject::once("`POST /calls/{token}`, 1 device", 3_000, calls).at_most(0.4),
    Subject::repeated("`GET /calls`, 3 pending", lists).at_most(0.2),
];

impl Subject {
    /// What can be done again and again.
    pub(crate) const fn repeated(name: &'static str, prepare: Prepare) -> Self {
        Self { name, order: Order::Repeated, turns_per_second: 0, prepare, cpu_max: None }
    }

    /// What can be done only once, by so many in a second at most.
    pub(crate) const fn once(
        name: &'static str,
        turns_per_second: usize,
        prepare: Prepare,
    ) -> Self {
        Self { name, order: Order::Once, turns_per_second, prepare, cpu_max: None }
    }

    const fn at_most(self, cpu: f64) -> Self {
        Self { cpu_max: Some(cpu), ..self }
    }

    /// How many exchanges are enough for so long, of those that can be made only once.
    pub(crate) fn turns(&self, time: Duration) -> usize {
        (time.as_secs_f64() * self.turns_per_second as f64).ceil() as usize
    }
}

fn echo(_: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    let body = json!({ "remote_id": "alice@example.com", "valid_duration": 86_400 });
    let request = request("POST", "/", None, Some(&body));
    Ok(vec![Exchange { request, status: 200, part: body.to_string(), times: 1 }])
}

fn new_users(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    let names = (0..preparation.count).map(|number| format!("new{number}"));
    Ok(names.map(|name| register(preparation.push, &name)).collect())
}

fn known_users(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    let callees = preparation.callees(1, 0)?;
    Ok(callees.iter().map(|callee| register_again(callee, preparation.push, 0)).collect())
}

fn links(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    Ok(preparation.callees(1, 0)?.iter().map(|callee| make_link(&callee.cookie)).collect())
}

fn opened_links(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    Ok(preparation.callees(1, 0)?.iter().map(open_link).collect())
}

fn calls(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    Ok(preparation.callees(1, 0)?.iter().map(place_call).collect())
}

fn lists(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    Ok(preparation.callees(1, 3)?.iter().map(|callee| list_calls(callee, 3)).collect())
}

impl Preparation<'_> {
    /// With so many devices and pending calls each.
    pub(crate) fn callees(&self, devices: usize, pending: usize) -> Result<Vec<Callee>, Failure> {
        callees(self.address, self.push, self.count, devices, pending)
    }
}
