//! Hours without faults.

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use super::load::Load;
use crate::{
    party::{connect, expect_end, expect_seen, over, terminate, told_to_caller},
    socket::Socket,
};

impl Load {
    /// Invokes every function at least once.
    pub(crate) async fn first_invocations(&mut self) {
        let mut monitor = self.world.browser();
        monitor.get("/__heartbeat__").await.expect(StatusCode::OK);
        monitor.get("/__version__").await.expect(StatusCode::OK);
        let mut call = self.place().await;
        let token = call.revocation.strip_prefix("/call-url/").unwrap().to_owned();
        monitor.get(&format!("/calls/{token}")).await.expect(StatusCode::OK);
        let (mut alice, mut bob) = call.both().await;
        self.count("CallsRung", 1);
        self.deliver_deadlines(30).await;
        self.count("CallsEndedTimeout", 1);
        for party in [&mut alice, &mut bob] {
            expect_end(party, &over("timeout")).await;
        }
        call.bob.delete(&call.revocation).await.expect(StatusCode::NO_CONTENT);
        let device = json!({ "simple_push_url": self.world.push.url("/bob") });
        call.bob.delete_with("/registration", device).await.expect(StatusCode::NO_CONTENT);
    }

    pub(crate) async fn quiet(&mut self) {
        let mut monitor = self.world.browser();
        for minute in [0, 20, 40] {
            self.after(minute * 60);
            monitor.get("/__heartbeat__").await.expect(StatusCode::OK);
        }
    }

    /// Calls that end by a party, by the deadline of either wait, or with their link.
    pub(crate) async fn calls(&mut self) {
        let (mut alice, mut bob) = self.answer().await;
        connect(&mut alice, &mut bob).await;
        let (caller, callee) = self.answer().await;
        let mut endings = vec![("closed", alice, bob), ("media-fail", caller, callee)];
        for reason in ["reject", "busy"] {
            let (alice, bob) = self.ring().await;
            endings.push((reason, bob, alice));
        }
        let (alice, bob) = self.ring().await;
        endings.push(("cancel", alice, bob));
        // Enough calls in a quarter of an hour to raise an alarm if nobody's device rang.
        for _ in 0..3 {
            let (alice, bob) = self.answer().await;
            endings.push(("closed", bob, alice));
        }
        join_all(endings.into_iter().map(|(reason, by, other)| end(reason, by, other))).await;
        for reason in ["Closed", "MediaFail", "Reject", "Busy", "Cancel"] {
            self.count(&format!("CallsEnded{reason}"), 1);
        }
        self.count("CallsEndedClosed", 3);

        let call = self.place().await;
        let mut alice = call.caller().await;
        // Her hello is over when the next message is handled: then its deadline is in the queue.
        expect_seen(&mut alice, &[]).await;
        self.deliver_deadlines(10).await;
        self.count("CallsEndedTimeout", 1);
        expect_end(&mut alice, &over("timeout")).await;

        let mut call = self.place().await;
        let (mut alice, mut bob) = call.both().await;
        self.count("CallsRung", 1);
        let revocation = call.revocation.clone();
        call.bob.delete(&revocation).await.expect(StatusCode::NO_CONTENT);
        self.count("CallsEndedClosed", 1);
        for party in [&mut alice, &mut bob] {
            expect_end(party, &over("closed")).await;
        }
        self.deliver_deadlines(1200).await;
    }
}

/// Lets one party end its call.
async fn end(reason: &str, mut by: Socket, mut other: Socket) {
    by.send(&terminate(reason)).await;
    expect_end(&mut by, &over(reason)).await;
    // Only a callee rejects or is busy, and the caller is not told.
    expect_end(&mut other, &over(told_to_caller(reason))).await;
}
