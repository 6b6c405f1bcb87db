//! Functions that record their events and respond as a test says.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Router;
use emulator::event_handler::{EventHandler, FunctionError};
use reqwest::Client;
use serde_json::Value;
use tokio::{net::TcpListener, time::sleep};

/// The events with which the functions were invoked.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<Value>>>);

impl Events {
    /// Returns a function that records its events and handles them with `handle`.
    pub(crate) fn function(
        &self,
        handle: impl Fn(&Value) -> Result<Value, FunctionError> + Send + Sync + 'static,
    ) -> EventHandler {
        let events = self.clone();
        EventHandler::new(move |event| {
            let outcome = handle(&event);
            events.0.lock().unwrap().push(event);
            async { outcome }
        })
    }

    pub(crate) fn all(&self) -> Vec<Value> {
        self.0.lock().unwrap().clone()
    }

    /// Waits for `count` events and returns all of them.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Value> {
        until(|| self.all().len() >= count).await;
        self.all()
    }
}

/// Waits until `is_so` returns true.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..4000 {
        if is_so() {
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
    panic!("it never came to be");
}

/// Returns a client that plays the SDK.
pub(crate) fn client() -> Client {
    loop_outbound::client(Duration::from_secs(20)).unwrap().build().unwrap()
}

/// Serves a router on a free port and returns the address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address.to_string()
}
