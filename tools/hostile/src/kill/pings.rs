//! What the push service has received.

use std::collections::HashMap;

use loop_testkit::PushReceiver;

/// The push service of all devices.
#[derive(Debug)]
pub(crate) struct Pings {
    receiver: PushReceiver,
    forgotten: usize,
}

/// The paths that were pinged, by whose they are and the version that they were told.
#[derive(Debug, Default)]
pub(crate) struct PingsByCall(HashMap<(String, u64), Vec<String>>);

impl Pings {
    pub(crate) fn new(receiver: PushReceiver) -> Self {
        Self { receiver, forgotten: 0 }
    }

    /// Those so far don't count.
    pub(crate) fn forget(&mut self) {
        self.forgotten = self.receiver.received().len();
    }

    /// Those since then. A call is answered only after its pings, so of answered calls they are
    /// complete.
    pub(crate) fn since_forgotten(&self) -> PingsByCall {
        let mut pings = PingsByCall::default();
        for ping in self.receiver.received().drain(self.forgotten..) {
            let version = std::str::from_utf8(&ping.body).ok();
            let version = version.and_then(|text| text.strip_prefix("version=")?.parse().ok());
            let user = ping.path.rsplit_once('/').map(|(user, _)| user.to_owned());
            if let (Some(user), Some(version)) = (user, version) {
                pings.0.entry((user, version)).or_default().push(ping.path);
            }
        }
        pings
    }
}

impl PingsByCall {
    pub(crate) fn of(&self, user: &str, version: u64) -> &[String] {
        self.0.get(&(user.to_owned(), version)).map_or(&[], Vec::as_slice)
    }
}
