//! Those who are called.

use std::{net::SocketAddr, thread};

use http_load::Connection;

use crate::{
    Failure,
    traffic::{PushService, make_link, place_call, register, register_again},
};

/// How many are prepared at the same time.
const THREADS: usize = 8;

/// Somebody with a device and a link.
#[derive(Clone, Debug)]
pub(crate) struct Callee {
    pub(crate) name: String,
    /// The session.
    pub(crate) cookie: String,
    /// Of the link.
    token: String,
}

impl Callee {
    /// Where the link is opened, and called.
    pub(crate) fn path(&self) -> String {
        format!("/calls/{}", self.token)
    }
}

/// Makes so many, with so many devices and pending calls each.
pub(crate) fn callees(
    address: SocketAddr,
    push: &PushService,
    count: usize,
    devices: usize,
    pending: usize,
) -> Result<Vec<Callee>, Failure> {
    let prepare = |thread: usize| {
        let mut connection = Connection::open(address)?;
        let numbers = (thread..count).step_by(THREADS);
        numbers
            .map(|number| {
                callee(&mut connection, push, format!("callee{number}"), devices, pending)
            })
            .collect::<Result<Vec<_>, Failure>>()
    };
    let prepared: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> =
            (0..THREADS).map(|thread| scope.spawn(move || prepare(thread))).collect();
        running.into_iter().map(|one| one.join().expect("preparing does not panic")).collect()
    });
    let prepared: Result<Vec<_>, _> = prepared.into_iter().collect();
    Ok(prepared?.into_iter().flatten().collect())
}

fn callee(
    connection: &mut Connection,
    push: &PushService,
    name: String,
    devices: usize,
    pending: usize,
) -> Result<Callee, Failure> {
    let registered = register(push, &name).make(connection)?;
    let cookie = registered.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    let cookie = cookie.ok_or("a registration gave no session")?.to_owned();
    let token = link(connection, &cookie)?;
    let callee = Callee { name, cookie, token };
    for device in 1..devices {
        register_again(&callee, push, device).make(connection)?;
    }
    for _ in 0..pending {
        // Through another link each: how many ring through one is limited.
        let other = Callee { token: link(connection, &callee.cookie)?, ..callee.clone() };
        place_call(&other).make(connection)?;
    }
    Ok(callee)
}

fn link(connection: &mut Connection, cookie: &str) -> Result<String, Failure> {
    let made = make_link(cookie).make(connection)?.json();
    Ok(made["call_token"].as_str().ok_or("a link has no token")?.to_owned())
}
