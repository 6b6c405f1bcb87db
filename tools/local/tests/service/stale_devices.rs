//! A push service that no longer knows a device, while the device registers again.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, http::StatusCode as PushStatus};
use reqwest::StatusCode;
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, oneshot},
    time::timeout,
};

use crate::world::{SOON, World};

/// A push service that responds to its first request only on command, with a status that says that
/// the device is gone, and to all others with 200 at once.
struct Gate {
    url: String,
    asked: Arc<Semaphore>,
    open: Arc<Semaphore>,
    requests: Arc<AtomicUsize>,
    _stop: oneshot::Sender<()>,
}

impl Gate {
    async fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}/bob", listener.local_addr().unwrap().port());
        let (asked, open) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let requests = Arc::new(AtomicUsize::new(0));
        let (stop, stopped) = oneshot::channel();
        let gate = (Arc::clone(&asked), Arc::clone(&open), Arc::clone(&requests));
        let handler = move || {
            let (asked, open, requests) = gate.clone();
            async move {
                if requests.fetch_add(1, Ordering::SeqCst) > 0 {
                    return PushStatus::OK;
                }
                asked.add_permits(1);
                open.acquire().await.unwrap().forget();
                PushStatus::from_u16(status).unwrap()
            }
        };
        let router = Router::new().fallback(handler);
        let until = async {
            let _ = stopped.await;
        };
        tokio::spawn(axum::serve(listener, router).with_graceful_shutdown(until).into_future());
        Self { url, asked, open, requests, _stop: stop }
    }

    /// Waits for the first request.
    async fn asked(&self) {
        timeout(SOON, self.asked.acquire()).await.unwrap().unwrap().forget();
    }
}

#[tokio::test]
async fn a_device_that_registers_again_meanwhile_stays() {
    for status in [404, 410] {
        for registers_again in [true, false] {
            let world = World::with(&[("LOOP_PUSH_TIMEOUT_MS", "5000")]).await;
            let gate = Gate::start(status).await;
            let device = json!({ "simple_push_url": gate.url });
            let mut bob = world.browser();
            bob.post("/registration", device.clone()).await.expect(StatusCode::OK);
            let (path, _) = bob.link(600).await;
            let mut alice = world.browser();

            // The devices are read from the table before one of them is called.
            let meanwhile = async {
                gate.asked().await;
                world.after(1);
                if registers_again {
                    bob.post("/registration", device).await.expect(StatusCode::OK);
                }
                gate.open.add_permits(1);
            };
            let (placed, ()) = tokio::join!(alice.call(&path), meanwhile);
            assert_eq!(placed.expect(StatusCode::OK)["notified"], false);
            assert_eq!(world.log.lines().pop().unwrap()["pings"], json!({ "gone": 1 }));

            let next = alice.call(&path).await;
            if registers_again {
                assert_eq!(next.expect(StatusCode::OK)["notified"], true, "{status}");
                assert_eq!(gate.requests.load(Ordering::SeqCst), 2);
            } else {
                next.expect_error(409, 122);
                assert_eq!(gate.requests.load(Ordering::SeqCst), 1);
            }
        }
    }
}
