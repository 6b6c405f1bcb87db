//! Requests that wait on their way until somebody lets them go.

use tokio::sync::watch;

/// The end that lets them go. Dropping it does the same.
#[derive(Debug)]
pub struct Hold {
    has_arrived: watch::Receiver<bool>,
    released: watch::Sender<bool>,
}

/// The end that waits.
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
    /// Waits until the first request is there.
    pub async fn reached(&self) {
        let mut has_arrived = self.has_arrived.clone();
        // Without a sender nothing is held any more.
        let _ = has_arrived.wait_for(|has_arrived| *has_arrived).await;
    }

    /// Lets all of them go, and those that come later.
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
