//! Requests that wait on their way until a test releases them.

use tokio::sync::watch;

/// The test's end of a hold, which releases the requests. Dropping it releases them too.
#[derive(Debug)]
pub struct Hold {
    has_arrived: watch::Receiver<bool>,
    released: watch::Sender<bool>,
}

/// The recorder's end of a hold, which makes the requests wait.
#[derive(Clone, Debug)]
pub(super) struct Held {
    has_arrived: watch::Sender<bool>,
    released: watch::Receiver<bool>,
}

pub(super) fn hold() -> (Hold, Held) {
    let (arrives, has_arrived) = watch::channel(false);
    let (releases, released) = watch::channel(false);
    (Hold { has_arrived, released: releases }, Held { has_arrived: arrives, released })
}

impl Hold {
    /// Waits until the first held request has arrived.
    pub async fn reached(&self) {
        let mut has_arrived = self.has_arrived.clone();
        // Without a sender no request is held any more.
        let _ = has_arrived.wait_for(|has_arrived| *has_arrived).await;
    }

    /// Releases all held requests, and lets later ones pass.
    pub fn release(self) {
        self.released.send_replace(true);
    }
}

impl Held {
    pub(super) async fn wait(mut self) {
        self.has_arrived.send_replace(true);
        let _ = self.released.wait_for(|released| *released).await;
    }
}
