//! A push service for people who try things out: every ping becomes a line on the terminal.

use std::time::Duration;

use loop_testkit::PushReceiver;
use tokio::task::JoinHandle;

/// Effectively for ever.
const NO_DEADLINE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Shows every ping that it receives, until it is dropped.
#[derive(Debug)]
pub struct PushInbox {
    push_url: String,
    printing: JoinHandle<()>,
}

impl PushInbox {
    /// Listens on any free port, and hands each ping to `show` as a line.
    pub async fn start(show: impl Fn(String) + Send + 'static) -> Self {
        let receiver = PushReceiver::start().await;
        let push_url = receiver.url("/bob");
        let printing = tokio::spawn(async move {
            let mut shown = 0;
            while let Ok(pings) = receiver.wait_for(shown + 1, NO_DEADLINE).await {
                for ping in &pings[shown..] {
                    let body = String::from_utf8_lossy(&ping.body);
                    show(format!("--> Bob's push URL rings: {} {} {body}", ping.method, ping.path));
                }
                shown = pings.len();
            }
        });
        Self { push_url, printing }
    }

    /// The push URL to register.
    pub fn push_url(&self) -> &str {
        &self.push_url
    }
}

impl Drop for PushInbox {
    fn drop(&mut self) {
        self.printing.abort();
    }
}
