//! The callees that are there before the load begins, with their links.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use loop_core::limits::{
    CALLS_PER_CALLEE, CALLS_PER_LINK, PENDING_CALLS_PER_CALLEE, RATE_WINDOW, RINGING_CALLS_PER_LINK,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{interval, sleep},
};

use crate::{Failure, push_receiver::PushReceiver, service::Service};

/// How many requests prepare at the same time: so few that nobody is under load by them.
const PREPARING_AT_ONCE: usize = 8;
/// Links that expire at once; each is used again and again.
const EXPIRED_LINKS: usize = 10;
/// Longer than any of the load, so that none expires meanwhile: as long as a session.
const LINK_SECONDS: u64 = 30 * 24 * 60 * 60;
/// No token of Loop is shorter: its fixed parts alone are longer.
pub(crate) const MIN_TOKEN_BYTES: usize = 32;
/// How long a link that is valid for one second may take to expire.
const EXPIRY_DEADLINE: Duration = Duration::from_secs(20);

/// How callees are woken.
#[derive(Debug)]
pub(crate) enum Waking {
    /// By pings to a push service of ours.
    Pings(PushReceiver),
    /// Not at all: they are pages that ask for themselves, for no push service of ours can be
    /// reached by the service, and those of others are not ours to put load on.
    Polling,
}

/// Somebody with a session, who can be called.
#[derive(Debug)]
pub(crate) struct Callee {
    pub(crate) cookie: String,
    /// What was registered.
    registration: Value,
    /// Where pings arrive, for [`PushReceiver::claim`].
    pub(crate) device: Option<String>,
    /// Tokens.
    pub(crate) links: Vec<String>,
}

/// Everybody who is there before the load begins.
#[derive(Debug)]
pub(crate) struct Callees {
    pub(crate) waking: Waking,
    pub(crate) callees: Vec<Callee>,
    /// Tokens of links that have expired.
    pub(crate) expired: Vec<String>,
}

/// How many callees and links the calls of a schedule need, so that none is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) callees: usize,
    pub(crate) links_each: usize,
}

impl Need {
    /// For calls that are due at these times. A call rings for `ringing`; those that the service
    /// answers late are counted at their latest, which is `timeout` after they were due.
    pub(crate) fn of(
        calls: impl Iterator<Item = Duration> + Clone,
        ringing: Duration,
        timeout: Duration,
    ) -> Self {
        let recent = RATE_WINDOW + timeout;
        let ringing = most_within(calls.clone(), ringing + timeout);
        let recent = most_within(calls, recent);
        let callees = ringing
            .div_ceil(PENDING_CALLS_PER_CALLEE.into())
            .max(recent.div_ceil(CALLS_PER_CALLEE))
            .max(1);
        Self { callees, links_each: links_each(ringing, recent, callees) }
    }

    /// The same calls to so many callees.
    pub(crate) fn with_callees(self, callees: usize) -> Self {
        let links = self.callees * self.links_each;
        let (ringing, recent) = (links * RINGING_CALLS_PER_LINK, links * CALLS_PER_LINK);
        Self { callees, links_each: links_each(ringing, recent, callees) }
    }
}

/// The callees take turns, and so do the links of each, so that each has its share of the calls.
fn links_each(ringing: usize, recent: usize, callees: usize) -> usize {
    let most = CALLS_PER_CALLEE / CALLS_PER_LINK;
    let for_ringing = ringing.div_ceil(callees).div_ceil(RINGING_CALLS_PER_LINK);
    let for_recent = recent.div_ceil(callees).div_ceil(CALLS_PER_LINK);
    for_ringing.max(for_recent).clamp(1, most)
}

/// How many of these times, which are in order, are at most within a time of this length.
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
    /// Registers them, makes their links, and waits until those that are to be expired are.
    ///
    /// # Errors
    /// The service refused something, or its pings do not arrive.
    pub(crate) async fn prepare(
        service: &Service,
        waking: Waking,
        need: Need,
    ) -> Result<Self, Failure> {
        let mut prepared = Self { waking, callees: Vec::new(), expired: Vec::new() };
        let first = prepared.registration();
        let first = Callee::prepare(service.clone(), first, 1, EXPIRED_LINKS).await?;
        prepared.expired.clone_from(&first.links);
        prepared.probe(service, &first).await?;

        let mut preparing = JoinSet::new();
        for _ in 0..need.callees {
            if preparing.len() == PREPARING_AT_ONCE {
                prepared.take(preparing.join_next().await)?;
            }
            let (service, registration) = (service.clone(), prepared.registration());
            let links = need.links_each;
            preparing.spawn(Callee::prepare(service, registration, LINK_SECONDS, links));
        }
        while !preparing.is_empty() {
            prepared.take(preparing.join_next().await)?;
        }
        prepared.await_expiry(service).await?;
        Ok(prepared)
    }

    fn take(
        &mut self,
        callee: Option<Result<Result<Callee, Failure>, tokio::task::JoinError>>,
    ) -> Result<(), Failure> {
        self.callees.extend(callee.transpose()?.transpose()?);
        Ok(())
    }

    /// What a new callee registers, and where its pings arrive.
    pub(crate) fn registration(&self) -> (Value, Option<String>) {
        match &self.waking {
            Waking::Pings(receiver) => {
                let (url, device) = receiver.add_device();
                (json!({ "simple_push_url": url }), Some(device))
            }
            Waking::Polling => {
                let random: String = (0..21).map(|_| fastrand::alphanumeric()).collect();
                // 22 characters are 4 bits more than 16 bytes, and those are 0.
                (json!({ "polling_id": random + "A" }), None)
            }
        }
    }

    /// When the callee was pinged by a call that was sent then and has succeeded, if it was; `None`,
    /// if nobody has to be.
    pub(crate) fn claim_ping(&self, callee: &Callee, sent: Instant) -> Option<Option<Instant>> {
        match (&self.waking, &callee.device) {
            (Waking::Pings(receiver), Some(device)) => Some(receiver.claim(device, sent)),
            _ => None,
        }
    }

    /// Places one call, to find out before the load whether it rings.
    async fn probe(&self, service: &Service, callee: &Callee) -> Result<(), Failure> {
        let link = callee.new_link(service, LINK_SECONDS).await?;
        let sent = Instant::now();
        let answer = service.request(Method::POST, &format!("/calls/{link}")).send().await?;
        if answer.status != StatusCode::OK {
            return Err(format!("a first call was answered with {}", answer.summary()).into());
        }
        if self.claim_ping(callee, sent) == Some(None) {
            return Err("a first call rang nobody: the service can't reach the push receiver. Is \
                        --push-url its public URL, and does it lead to --push-listen?"
                .into());
        }
        Ok(())
    }

    async fn await_expiry(&self, service: &Service) -> Result<(), Failure> {
        let Some(last) = self.expired.last() else { return Ok(()) };
        let begin = Instant::now();
        while begin.elapsed() < EXPIRY_DEADLINE {
            let answer = service.request(Method::GET, &format!("/calls/{last}")).send().await?;
            if answer.status == StatusCode::GONE {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        Err("a link that is valid for 1 second does not expire".into())
    }

    /// Asks on behalf of everybody who polls, once in each `period`, as their pages do: who does not
    /// ask is no device any more. It ends when it is dropped.
    pub(crate) async fn keep_polling(self: Arc<Self>, service: Service, period: Duration) {
        let mut ticks = interval(period.div_f64(self.callees.len().max(1) as f64));
        let mut asking = JoinSet::new();
        for callee in self.callees.iter().cycle() {
            ticks.tick().await;
            let request = service.request(Method::POST, "/registration").session(&callee.cookie);
            // Should this fail again and again, calls to this callee fail, and are counted.
            asking.spawn(request.body(&callee.registration).send());
            while asking.try_join_next().is_some() {}
        }
    }
}

impl Callee {
    async fn prepare(
        service: Service,
        (registration, device): (Value, Option<String>),
        link_seconds: u64,
        links: usize,
    ) -> Result<Self, Failure> {
        let request = service.request(Method::POST, "/registration").body(&registration);
        let answer = request.send().await?;
        let Some(cookie) = answer.cookie.clone().filter(|_| answer.status == StatusCode::OK) else {
            let hint = match answer.json()["errno"].as_u64() {
                Some(107) => ": is the host of --push-url among its LOOP_PUSH_HOSTS?",
                _ => "",
            };
            let summary = answer.summary();
            return Err(format!("a registration was answered with {summary}{hint}").into());
        };
        let mut callee = Self { cookie, registration, device, links: Vec::new() };
        for _ in 0..links {
            callee.links.push(callee.new_link(&service, link_seconds).await?);
        }
        Ok(callee)
    }

    async fn new_link(&self, service: &Service, seconds: u64) -> Result<String, Failure> {
        let request = service.request(Method::POST, "/call-url").session(&self.cookie);
        let answer = request.body(&wish(seconds)).send().await?;
        // The token alone: whatever host the link names, requests go to the target.
        let token = answer.json()["call_token"].as_str().map(str::to_owned);
        let token = token.filter(|token| token.is_ascii() && token.len() >= MIN_TOKEN_BYTES);
        token.ok_or_else(|| format!("a link was answered with {}", answer.summary()).into())
    }
}

/// What a callee wants of a new link.
pub(crate) fn wish(seconds: u64) -> Value {
    json!({ "remote_id": "alice@example.com", "callee_name": "Bob", "valid_duration": seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RINGING: Duration = Duration::from_secs(110);
    const TIMEOUT: Duration = Duration::from_secs(10);

    fn need(calls: u64, per_second: u64) -> Need {
        let calls = (0..calls).map(|number| Duration::from_millis(number * 1000 / per_second));
        Need::of(calls, RINGING, TIMEOUT)
    }

    #[test]
    fn no_callee_is_called_by_more_than_may_ring_at_a_time() {
        // 1,201 within 120 s, of which the ends are both.
        assert_eq!(need(100_000, 10).callees, 61);
        // Two of them ring through each of a callee's links.
        assert_eq!(need(30, 10), Need { callees: 2, links_each: 8 });
        assert_eq!(need(3, 10), Need { callees: 1, links_each: 2 });
        assert_eq!(need(0, 1), Need { callees: 1, links_each: 1 });
    }

    #[test]
    fn no_link_is_used_by_more_than_twenty_in_ten_minutes() {
        // 21 within 610 s, and none of them while another one rings.
        let calls = (0..100).map(|number| Duration::from_secs(number * 30));
        let need = Need::of(calls, Duration::from_secs(1), TIMEOUT);
        assert_eq!(need, Need { callees: 1, links_each: 2 });
    }

    #[test]
    fn fewer_callees_have_more_links_up_to_what_they_may_be_called_by() {
        let need = need(100_000, 10);
        assert_eq!(need.with_callees(90).links_each, 7);
        assert_eq!(need.with_callees(1).links_each, 10);
    }
}
