//! Requests to the local server, in the situations in which they are measured.

use std::{net::SocketAddr, thread, time::Duration};

use load::{BoxError, Connection, Device, Method, PushReceiver, Request, Session, StatusCode};
use serde_json::json;

use super::exchange::Exchange;

/// The number of threads that prepare callees.
const THREADS: usize = 8;
/// The time for which links are valid.
const LIFETIME: Duration = Duration::from_hours(24);

/// A request in some situation.
#[derive(Clone, Copy)]
pub(super) struct Situation {
    pub(super) name: &'static str,
    request: Kind,
    /// Devices of each callee.
    devices: usize,
    /// Calls that ring at each callee.
    pending: usize,
    /// More requests than get their responses in a second, of those that can be made only once.
    once: Option<usize>,
}

/// The requests that are measured.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Another server's, which returns the body of the request.
    Echo,
    RegisterNewUser,
    RegisterAgain,
    MakeLink,
    OpenLink,
    Place,
    /// A call while as many ring as may.
    PlaceInVain,
    PendingCalls,
}

/// A user with devices and a link.
#[derive(Clone, Debug)]
struct Callee {
    name: String,
    session: Session,
    token: String,
}

impl Situation {
    /// Returns the situation of a callee with one device and no call.
    pub(super) const fn new(name: &'static str, request: Kind) -> Self {
        Self { name, request, devices: 1, pending: 0, once: None }
    }

    pub(super) const fn devices(self, devices: usize) -> Self {
        Self { devices, ..self }
    }

    pub(super) const fn pending(self, pending: usize) -> Self {
        Self { pending, ..self }
    }

    /// Says that each request can be made only once, and how many are enough for a second.
    pub(super) const fn once(self, requests: usize) -> Self {
        Self { once: Some(requests), ..self }
    }

    /// Returns a situation with so few requests in a second, if each can be made only once.
    pub(super) fn at_most(self, requests: usize) -> Self {
        Self { once: self.once.map(|once| once.min(requests)), ..self }
    }

    /// Returns how many requests are enough for so long, if each can be made only once.
    pub(super) fn turns(&self, time: Duration) -> Option<usize> {
        self.once.map(|once| (time.as_secs_f64() * once as f64).ceil() as usize)
    }

    /// Brings the situation about, and returns its exchanges, each with a callee of its own.
    ///
    /// # Errors
    /// A response was not right.
    pub(super) fn prepare(
        &self,
        address: SocketAddr,
        push: &PushReceiver,
        count: usize,
    ) -> Result<Vec<Exchange>, BoxError> {
        let of_callees = |exchange: &dyn Fn(&Callee) -> Exchange| {
            let callees = self.callees(address, push, count)?;
            Ok(callees.iter().map(exchange).collect())
        };
        match self.request {
            Kind::Echo => Ok(vec![echo()]),
            Kind::RegisterNewUser => {
                Ok((0..count).map(|it| register(None, push, &format!("new{it}"))).collect())
            }
            Kind::RegisterAgain => of_callees(&|Callee { name, session, .. }| {
                register(Some(session), push, &format!("{name}-0"))
            }),
            Kind::MakeLink => of_callees(&|callee| make_link(&callee.session)),
            Kind::OpenLink => of_callees(&|callee| {
                ok(&Request::open_link(&callee.token), "\"callee_name\":\"Bob\"")
            }),
            Kind::Place => of_callees(&|callee| place(&callee.token)),
            Kind::PlaceInVain => of_callees(&|callee| {
                let request = Request::place(&callee.token);
                Exchange::new(&request, StatusCode::TOO_MANY_REQUESTS, 1, "\"errno\":117")
            }),
            Kind::PendingCalls => of_callees(&|callee| {
                let request = Request::pending_calls(&callee.session);
                Exchange::new(&request, StatusCode::OK, self.pending, "\"call_id\"")
            }),
        }
    }

    /// Makes so many callees.
    fn callees(
        &self,
        address: SocketAddr,
        push: &PushReceiver,
        count: usize,
    ) -> Result<Vec<Callee>, BoxError> {
        let prepare = |thread: usize| {
            let mut connection = Connection::open(address)?;
            let numbers = (thread..count).step_by(THREADS);
            numbers.map(|number| self.callee(&mut connection, push, number)).collect()
        };
        let prepared: Vec<Result<Vec<_>, BoxError>> = thread::scope(|scope| {
            let running: Vec<_> =
                (0..THREADS).map(|thread| scope.spawn(move || prepare(thread))).collect();
            running.into_iter().map(|one| one.join().expect("preparing does not panic")).collect()
        });
        Ok(prepared.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    fn callee(
        &self,
        connection: &mut Connection,
        push: &PushReceiver,
        number: usize,
    ) -> Result<Callee, BoxError> {
        let name = format!("callee{number}");
        let registered = register(None, push, &format!("{name}-0")).make(connection)?;
        let session = registered.into_session()?;
        for device in 1..self.devices {
            register(Some(&session), push, &format!("{name}-{device}")).make(connection)?;
        }
        for _ in 0..self.pending {
            // Through another link each: how many ring through one is limited.
            let token = make_link(&session).make(connection)?.into_call_token()?;
            place(&token).make(connection)?;
        }
        let token = make_link(&session).make(connection)?.into_call_token()?;
        Ok(Callee { name, session, token })
    }
}

/// Registers a device, of a new user or of this session's.
pub(super) fn register(session: Option<&Session>, push: &PushReceiver, device: &str) -> Exchange {
    let device = Device::SimplePush(push.url(device));
    ok(&Request::register(session, &device), "\"device_id\"")
}

fn make_link(session: &Session) -> Exchange {
    ok(&Request::make_link(session, LIFETIME), "\"call_token\"")
}

fn place(token: &str) -> Exchange {
    ok(&Request::place(token), "\"notified\":true")
}

fn echo() -> Exchange {
    let body = json!({ "remote_id": "alice@example.com", "valid_duration": LIFETIME.as_secs() });
    ok(&Request::new(Method::POST, "/").json(&body), &body.to_string())
}

fn ok(request: &Request, part: &str) -> Exchange {
    Exchange::new(request, StatusCode::OK, 1, part)
}
