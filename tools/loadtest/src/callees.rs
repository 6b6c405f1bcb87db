//! Callees and links, which are made before the load begins.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use load::{BoxError, Device, PushReceiver, Request, Service, Session, StatusCode};
use loop_core::limits::{CALLS_PER_CALLEE, CALLS_PER_LINK, PENDING_CALLS_PER_CALLEE, RATE_WINDOW};
use tokio::time::{interval, sleep};

/// The number of callees that are prepared at the same time, which is too few to be a load.
const PREPARING_AT_ONCE: usize = 8;
/// The number of expired links, each of which is used again and again.
const EXPIRED_LINKS: usize = 10;
/// The number of links of each callee. They take turns, and are enough for all calls that it may
/// get.
const LINKS: usize = CALLS_PER_CALLEE / CALLS_PER_LINK;
/// The time for which links are valid. It is that of a session, so that none expires under load.
const LINK_VALID: Duration = Duration::from_hours(30 * 24);
/// The shortest time for which a link can be valid.
const EXPIRED_LINK_VALID: Duration = Duration::from_secs(1);
/// The longest time that such a link may take to expire.
const EXPIRY_DEADLINE: Duration = Duration::from_secs(20);
/// A length that is below that of any token, whose fixed parts alone are longer.
pub(crate) const MIN_TOKEN_BYTES: usize = 32;

/// The service with all callees that are prepared before the load begins.
#[derive(Debug)]
pub(crate) struct Callees {
    pub(crate) service: Service,
    /// The receiver of pings. Without one, callees are pages that poll: the service reaches no
    /// receiver of this tool, and no load may be put on the push services of others.
    pub(crate) receiver: Option<PushReceiver>,
    pub(crate) callees: Vec<Callee>,
    /// The tokens of expired links.
    pub(crate) expired: Vec<String>,
}

/// A user with a session, a device and links.
#[derive(Debug)]
pub(crate) struct Callee {
    pub(crate) session: Session,
    device: Device,
    /// The device's name at the push receiver.
    name: String,
    /// The tokens of links.
    pub(crate) links: Vec<String>,
}

/// Returns the number of callees that are needed so that no call is refused, if calls are due at
/// these times and ring for `ringing`. A call may arrive up to `timeout` after it was due.
pub(crate) fn needed(
    calls: impl Iterator<Item = Duration> + Clone,
    ringing: Duration,
    timeout: Duration,
) -> usize {
    let ringing = most_within(calls.clone(), ringing + timeout);
    let recent = most_within(calls, RATE_WINDOW + timeout);
    ringing.div_ceil(PENDING_CALLS_PER_CALLEE.into()).max(recent.div_ceil(CALLS_PER_CALLEE)).max(1)
}

/// Returns the largest number of these times, which are in order, within any period of this length.
fn most_within(times: impl Iterator<Item = Duration>, length: Duration) -> usize {
    let (mut within, mut most) = (VecDeque::new(), 0);
    for time in times {
        within.push_back(time);
        while within.front().is_some_and(|first| time - *first > length) {
            within.pop_front();
        }
        most = most.max(within.len());
    }
    most
}

impl Callees {
    /// Registers `count` callees, makes their links, and waits until the short ones have expired.
    /// Fails, if the service refuses a request, or its pings do not arrive.
    pub(crate) async fn prepare(
        service: Service,
        receiver: Option<PushReceiver>,
        count: usize,
    ) -> Result<Self, BoxError> {
        let mut all = Self { service, receiver, callees: Vec::new(), expired: Vec::new() };
        let first = all.callee(EXPIRED_LINKS, EXPIRED_LINK_VALID).await?;
        all.probe(&first).await?;
        let callees = stream::iter(0..count).map(|_| all.callee(LINKS, LINK_VALID));
        all.callees = callees.buffer_unordered(PREPARING_AT_ONCE).try_collect().await?;
        all.expired = first.links;
        all.await_expiry().await?;
        Ok(all)
    }

    /// Returns a new device, and its name at the push receiver.
    pub(crate) fn new_device(&self) -> (Device, String) {
        // 22 characters are 4 bits more than the 16 bytes of an id, and these bits are 0.
        let name = (0..21).map(|_| fastrand::alphanumeric()).chain(['A']).collect::<String>();
        match &self.receiver {
            Some(receiver) => (Device::SimplePush(receiver.url(&name)), name),
            None => (Device::Polling(name.clone()), name),
        }
    }

    /// Returns the moment of the ping for a successful call that was sent at `sent`, if it came.
    /// Returns `None`, if no ping has to come.
    pub(crate) fn claim_ping(&self, callee: &Callee, sent: Instant) -> Option<Option<Instant>> {
        self.receiver.as_ref().map(|receiver| receiver.claim(&callee.name, sent))
    }

    async fn callee(&self, links: usize, valid: Duration) -> Result<Callee, BoxError> {
        let (device, name) = self.new_device();
        let response = self.service.send(Request::register(None, &device)).await?;
        let hint = match response.errno() {
            Some(107) => ": is the host of --push-url among its LOOP_PUSH_HOSTS?",
            _ => "",
        };
        let session = response.into_session();
        let session = session.map_err(|error| format!("a registration got {error}{hint}"))?;
        let mut callee = Callee { session, device, name, links: Vec::new() };
        for _ in 0..links {
            callee.links.push(self.new_link(&callee.session, valid).await?);
        }
        Ok(callee)
    }

    /// Makes a link, and returns its token. The URL is not used, since requests go to the target
    /// alone.
    async fn new_link(&self, session: &Session, valid: Duration) -> Result<String, BoxError> {
        let response = self.service.send(Request::make_link(session, valid)).await?;
        let token = response.into_call_token().map_err(|error| format!("a link got {error}"))?;
        let is_token = token.is_ascii() && token.len() >= MIN_TOKEN_BYTES;
        is_token.then_some(token).ok_or_else(|| "a link got a token that is none".into())
    }

    /// Places one call, to see before the load that it rings.
    async fn probe(&self, callee: &Callee) -> Result<(), BoxError> {
        let link = self.new_link(&callee.session, LINK_VALID).await?;
        let sent = Instant::now();
        let response = self.service.send(Request::place(&link)).await?;
        response.expect(StatusCode::OK).map_err(|error| format!("a first call got {error}"))?;
        match self.claim_ping(callee, sent) {
            Some(None) => {
                Err("a first call rang no device: the service can't reach the push receiver. \
                               Is --push-url its public URL, and does it lead to --push-listen?"
                    .into())
            }
            _ => Ok(()),
        }
    }

    async fn await_expiry(&self) -> Result<(), BoxError> {
        let begin = Instant::now();
        while begin.elapsed() < EXPIRY_DEADLINE {
            let last = self.expired.last().ok_or("no link was made")?;
            if self.service.send(Request::open_link(last)).await?.status == StatusCode::GONE {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        Err("a link that is valid for 1 second does not expire".into())
    }

    /// Registers each callee once in each `period`, as pages do that poll. Without this they would
    /// be no devices any more. It runs until it is dropped.
    pub(crate) async fn keep_polling(self: Arc<Self>, period: Duration) {
        let mut ticks = interval(period.div_f64(self.callees.len().max(1) as f64));
        for callee in self.callees.iter().cycle() {
            ticks.tick().await;
            let request = Request::register(Some(&callee.session), &callee.device);
            let service = self.service.clone();
            // If this fails repeatedly, calls to this callee fail, which is counted.
            tokio::spawn(async move { service.send(request).await.is_ok() });
        }
    }
}

#[cfg(test)]
mod tests {
    use loop_core::limits::RINGING_CALLS_PER_LINK;

    use super::*;

    /// Returns the number of callees for so many calls, one in each period, that ring for so long.
    fn callees(calls: u32, period: Duration, ringing: Duration) -> usize {
        needed((0..calls).map(|number| period * number), ringing, Duration::from_secs(10))
    }

    #[test]
    fn no_callee_is_rung_by_more_than_may_ring_at_once() {
        let callees = |calls| callees(calls, Duration::from_millis(100), Duration::from_secs(110));
        // There are 1,201 calls within 120 s, both ends included.
        assert_eq!([callees(10_000), callees(30), callees(3), callees(0)], [61, 2, 1, 1]);
    }

    #[test]
    fn no_callee_gets_more_calls_than_it_may_in_ten_minutes() {
        // There are 202 calls within 610 s, and few of them while another one rings.
        assert_eq!(callees(1000, Duration::from_millis(3030), Duration::from_secs(1)), 2);
    }

    #[test]
    fn the_links_of_a_callee_take_all_calls_that_it_may_get() {
        const { assert!(LINKS * CALLS_PER_LINK >= CALLS_PER_CALLEE) };
        const { assert!(LINKS * RINGING_CALLS_PER_LINK >= PENDING_CALLS_PER_CALLEE as usize) };
    }
}
