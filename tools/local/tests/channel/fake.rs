//! Functions that write down their events and answer as they are told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Router;
use emulator::event_handler::{EventHandler, FunctionError};
use reqwest::Client;
use serde_json::Value;
use tokio::{net::TcpListener, time::sleep};

/// What was invoked with what.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<Value>>>);

impl Events {
    /// A function that writes its events down and does what `handle` says.
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

    /// Waits for so many of them.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Value> {
        until(|| self.all().len() >= count).await;
        self.all()
    }
}

/// Waits until something is so.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..4000 {
        if is_so() {
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
    panic!("it never came to be");
}

/// What stands for the SDK.
pub(crate) fn client() -> Client {
    loop_outbound::client(Duration::from_secs(20)).unwrap().build().unwrap()
}

/// Serves on a free port; its address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address.to_string()
}
