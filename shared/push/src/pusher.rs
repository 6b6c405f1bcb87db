//! Rings devices: sends pings and returns their outcomes.

use std::{error::Error, fmt, ops::RangeInclusive, time::Duration};

use loop_core::{Device, PushTarget, Settings, setting::whole_milliseconds};
use reqwest::{Client, Request, header::RETRY_AFTER};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    GuardedResolver, Outcome, Ping, PushPolicy, PushUrl, VapidKey,
    outcome::pause_before_second_try, request, resolver::LookupError,
};

/// The setting that bounds a ping, in milliseconds.
const TIMEOUT_SETTING: &str = "LOOP_PUSH_TIMEOUT_MS";
/// The default of that setting.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(2);
/// The range of that setting. A shorter time would fail a push service that is only far away; a
/// longer one would let the caller wait too long.
const TIMEOUT_RANGE: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(5);

/// A sender of pings to push services. It is made once, when the function starts.
#[derive(Clone)]
pub struct Pusher {
    client: Client,
    policy: PushPolicy,
    vapid: Option<VapidKey>,
    timeout: Duration,
}

impl Pusher {
    /// Reads `LOOP_PUSH_HOSTS` ([`PushPolicy`]), `LOOP_VAPID_KEY` and `LOOP_VAPID_SUBJECT`
    /// ([`VapidKey`]), and `LOOP_PUSH_TIMEOUT_MS`, 100 to 5000, by default 2000. Returns `None`
    /// when one of them is faulty, which `settings` then reports.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let policy = PushPolicy::from_settings(settings);
        let vapid = VapidKey::from_settings(settings);
        let timeout =
            settings.or(TIMEOUT_SETTING, TIMEOUT_DEFAULT, whole_milliseconds(TIMEOUT_RANGE));
        let (policy, vapid, timeout) = (policy?, vapid?, timeout?);
        let client = client(&policy, timeout).map_err(|error| settings.fault(error)).ok()?;
        Some(Self { client, policy, vapid, timeout })
    }

    /// Rings one device. Takes at most `LOOP_PUSH_TIMEOUT_MS` for everything: name, connection,
    /// TLS, request and status, and a second try if the first has failed in a way that may pass.
    /// The policy is checked again, so that a device that was registered under an earlier policy is
    /// only called if today's policy allows it.
    pub async fn ring(&self, device: &Device, ping: &Ping) -> Outcome {
        let request = match self.request(&device.target, ping) {
            Ok(request) => request,
            Err(outcome) => return outcome,
        };
        let deadline = Instant::now() + self.timeout;
        timeout_at(deadline, self.send(request, deadline)).await.unwrap_or(Outcome::TimedOut)
    }

    /// Builds the request that rings `target`, or gives the outcome where none is to be sent.
    fn request(&self, target: &PushTarget, ping: &Ping) -> Result<Request, Outcome> {
        let allowed = |url| PushUrl::parse(url, &self.policy).map_err(|_| Outcome::NotAllowed);
        match target {
            PushTarget::Polling(_) => Err(Outcome::Asks),
            PushTarget::SimplePush(url) => Ok(request::simple_push(&allowed(url)?, ping)),
            PushTarget::WebPush(url) => {
                request::web_push(&allowed(url)?, ping, self.vapid.as_ref())
                    .map_err(|_| Outcome::Unreachable)
            }
        }
    }

    /// Sends the request, and once more if that makes sense and there is time for it.
    async fn send(&self, request: Request, deadline: Instant) -> Outcome {
        let again = request.try_clone();
        let (outcome, pause) = self.try_once(request).await;
        match (again, pause) {
            (Some(again), Some(pause)) if is_over_before(deadline, pause, Instant::now()) => {
                sleep(pause).await;
                self.try_once(again).await.0
            }
            _ => outcome,
        }
    }

    /// Sends the request once. Returns the outcome, and the pause after which it makes sense to try
    /// again.
    async fn try_once(&self, request: Request) -> (Outcome, Option<Duration>) {
        match self.client.execute(request).await {
            // Only the status counts. The body is dropped unread, with the connection, so that a
            // push service cannot keep the function waiting with it.
            Ok(response) => {
                let status = response.status().as_u16();
                let retry_after = response.headers().get(RETRY_AFTER);
                let retry_after = retry_after.map(|value| value.to_str().unwrap_or_default());
                (Outcome::of_status(status), pause_before_second_try(status, retry_after))
            }
            Err(error) => (outcome_of_failure(&error), None),
        }
    }

    /// Returns the longest time that ringing takes.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}

/// Returns whether a pause from `now` on is over before the deadline. The push service chooses the
/// length of the pause, which may be more than an [`Instant`] can count.
fn is_over_before(deadline: Instant, pause: Duration, now: Instant) -> bool {
    now.checked_add(pause).is_some_and(|end| end < deadline)
}

impl fmt::Debug for Pusher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pusher")
            .field("policy", &self.policy)
            .field("vapid", &self.vapid)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn client(policy: &PushPolicy, timeout: Duration) -> Result<Client, String> {
    let builder = loop_outbound::client(timeout).map_err(|error| error.to_string())?;
    builder.dns_resolver(GuardedResolver::new(policy)).build().map_err(loop_outbound::cause)
}

fn outcome_of_failure(error: &reqwest::Error) -> Outcome {
    if error.is_timeout() {
        return Outcome::TimedOut;
    }
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    match causes.filter_map(|cause| cause.downcast_ref()).next() {
        Some(LookupError::NotAllowed) => Outcome::NotAllowed,
        Some(LookupError::NoAddress) | None => Outcome::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use loop_core::{CallId, CallVersion, DeviceId, UnixMillis};

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Pusher, String> {
        let mut settings = Settings::new(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        });
        let pusher = Pusher::from_settings(&mut settings);
        settings.finish(pusher).map_err(|faults| faults.to_string())
    }

    #[test]
    fn the_settings_are_all_optional() {
        let pusher = read(&[]).unwrap();
        assert_eq!(pusher.timeout, Duration::from_secs(2));
        assert_eq!(pusher.policy, PushPolicy::default());
        assert!(pusher.vapid.is_none());
        for (text, expected) in [("100", 100), ("5000", 5000)] {
            let pusher = read(&[("LOOP_PUSH_TIMEOUT_MS", text)]).unwrap();
            assert_eq!(pusher.timeout, Duration::from_millis(expected));
        }
    }

    #[test]
    fn a_pause_leaves_time_or_is_not_made() {
        let now = Instant::now();
        let deadline = now + Duration::from_millis(100);
        let is_made = |pause| is_over_before(deadline, pause, now);
        assert!(is_made(Duration::ZERO) && is_made(Duration::from_millis(99)));
        assert!(!is_made(Duration::from_millis(100)) && !is_made(Duration::MAX));
    }

    #[test]
    fn a_pusher_tells_its_settings_and_no_key() {
        let key = VapidKey::generate(&ring::rand::SystemRandom::new()).unwrap();
        let settings = [
            ("LOOP_PUSH_TIMEOUT_MS", "700"),
            ("LOOP_VAPID_KEY", &key),
            ("LOOP_VAPID_SUBJECT", "mailto:ops@example.org"),
        ];
        let pusher = read(&settings).unwrap();
        assert_eq!(pusher.timeout(), Duration::from_millis(700));
        let shown = format!("{pusher:?}");
        assert!(shown.starts_with("Pusher { policy: ") && shown.contains("timeout: 700ms"));
        assert!(!shown.contains(&key), "{shown}");
    }

    #[test]
    fn all_faults_are_reported_at_once() {
        for timeout in ["99", "5001", "-1", "2s"] {
            let fault = read(&[
                ("LOOP_PUSH_HOSTS", "*"),
                ("LOOP_VAPID_KEY", "AAAA"),
                ("LOOP_PUSH_TIMEOUT_MS", timeout),
            ])
            .unwrap_err();
            for name in [
                "LOOP_PUSH_HOSTS: `*` stands",
                "LOOP_VAPID_KEY: not a P-256 key",
                "LOOP_VAPID_SUBJECT is missing",
                "LOOP_PUSH_TIMEOUT_MS: must be a whole number of milliseconds from 100 to 5000",
            ] {
                assert!(fault.contains(name), "{fault}");
            }
        }
    }

    #[tokio::test]
    async fn a_name_with_an_address_that_is_not_public_is_not_called() {
        // The test needs no DNS: it requests `localhost` directly, without asking the policy.
        let pusher = read(&[("LOOP_PUSH_HOSTS", "push.example.org")]).unwrap();
        let error = pusher.client.get("http://localhost:9/").send().await.unwrap_err();
        assert_eq!(outcome_of_failure(&error), Outcome::NotAllowed);
    }

    #[tokio::test]
    async fn a_device_from_an_earlier_policy_is_not_called() {
        let pusher = read(&[("LOOP_PUSH_HOSTS", "push.example.org")]).unwrap();
        let push_url = "https://fcm.googleapis.com/fcm/send/a".to_owned();
        let device = Device {
            id: DeviceId::of_push_url(&push_url),
            target: PushTarget::WebPush(push_url),
            registered_at: UnixMillis::new(0),
            expires_at: UnixMillis::new(u64::MAX).seconds(),
        };
        let ping = Ping {
            version: CallVersion::new(1),
            call: CallId::from_bytes([7; 16]),
            rings_for: Duration::from_secs(120),
            now: UnixMillis::new(0),
        };
        assert_eq!(pusher.ring(&device, &ping).await, Outcome::NotAllowed);
    }
}
