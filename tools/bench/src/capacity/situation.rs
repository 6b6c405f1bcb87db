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
    CreateCallUrl,
    OpenCallUrl,
    PlaceCall,
    /// A call while as many ring as may.
    PlaceCallInVain,
    ListCalls,
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
        match self.request {
            Kind::Echo => Ok(vec![echo()]),
            Kind::RegisterNewUser => {
                Ok((0..count).map(|it| register(None, push, &format!("new{it}"))).collect())
            }
            _ => {
                let callees = self.callees(address, push, count)?;
                Ok(callees.iter().map(|callee| self.exchange(callee, push)).collect())
            }
        }
    }

    fn exchange(&self, callee: &Callee, push: &PushReceiver) -> Exchange {
        let Callee { name, session, token } = callee;
        match self.request {
            Kind::Echo => echo(),
            Kind::RegisterNewUser => register(None, push, name),
            Kind::RegisterAgain => register(Some(session), push, &format!("{name}-0")),
            Kind::CreateCallUrl => create_call_url(session),
            Kind::OpenCallUrl => {
                Exchange::new(&Request::open_call_url(token), "\"callee_name\":\"Bob\"")
            }
            Kind::PlaceCall => place_call(token),
            Kind::PlaceCallInVain => Exchange::new(&Request::place_call(token), "\"errno\":117")
                .status(StatusCode::TOO_MANY_REQUESTS),
            Kind::ListCalls => {
                Exchange::new(&Request::list_calls(session), "\"call_id\"").times(self.pending)
            }
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
            let token = create_call_url(&session).make(connection)?.into_call_token()?;
            place_call(&token).make(connection)?;
        }
        let token = create_call_url(&session).make(connection)?.into_call_token()?;
        Ok(Callee { name, session, token })
    }
}

/// Registers a device, of a new user or of this session's.
pub(super) fn register(session: Option<&Session>, push: &PushReceiver, device: &str) -> Exchange {
    let device = Device::SimplePush(push.url(device));
    Exchange::new(&Request::register(session, &device), "\"device_id\"")
}

fn create_call_url(session: &Session) -> Exchange {
    Exchange::new(&Request::create_call_url(session, LIFETIME), "\"call_token\"")
}

fn place_call(token: &str) -> Exchange {
    Exchange::new(&Request::place_call(token), "\"notified\":true")
}

fn echo() -> Exchange {
    let body = json!({ "remote_id": "alice@example.com", "valid_duration": LIFETIME.as_secs() });
    Exchange::new(&Request::new(Method::POST, "/").json(&body), body.to_string())
}
