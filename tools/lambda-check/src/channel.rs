//! The functions of the call channel.

use std::collections::BTreeMap;

use emulator::{EmbeddedDynamoDb, InvocationError, LambdaProcess};
use loop_testkit::{ChannelPeers, fixtures::event};
use serde_json::Value;

use crate::world::spawn;

const TABLE: &str = "loop-test";

/// A function of the call channel with a table of its own, and with what stands for the gateway and
/// the queue.
#[derive(Debug)]
pub struct ChannelFunction {
    process: LambdaProcess,
    peers: ChannelPeers,
    database: EmbeddedDynamoDb,
}

impl ChannelFunction {
    /// Starts it. Its table is empty.
    pub async fn start(binary: &str) -> Self {
        let function = Self::without_a_table(binary).await;
        function.database.create_table(TABLE).unwrap();
        function
    }

    /// Starts it where every request to the table fails.
    pub async fn without_a_table(binary: &str) -> Self {
        let database = EmbeddedDynamoDb::start(None).await.unwrap();
        let peers = ChannelPeers::start().await;
        let environment = peers.environment(&database.endpoint_url(), TABLE);
        let process = spawn(binary, &environment).await;
        Self { process, peers, database }
    }

    /// Hands it an event.
    ///
    /// # Errors
    /// [`InvocationError`].
    pub async fn invoke(&self, event: Value) -> Result<Value, InvocationError> {
        self.process.invoke(event).await
    }

    /// Its process.
    pub fn process(&self) -> &LambdaProcess {
        &self.process
    }

    /// The gateway and the queue.
    pub fn peers(&self) -> &ChannelPeers {
        &self.peers
    }

    /// What it reads as its environment.
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.peers.environment(&self.database.endpoint_url(), TABLE)
    }
}

/// Checks that the function built as `binary` responds to `events/<function>.json`
/// with `expected` every time, and sends nothing, when there is no such call.
///
/// # Panics
/// It does not.
pub async fn notifies_nobody_of_no_call(binary: &str, function: &str, expected: &Value) {
    let channel = ChannelFunction::start(binary).await;
    for _ in 0..2 {
        assert_eq!(channel.invoke(event(function)).await.unwrap(), *expected);
    }
    assert!(channel.peers().take().is_empty(), "there is no one to notify");
    assert_eq!(channel.process().output().stderr, "");
}
