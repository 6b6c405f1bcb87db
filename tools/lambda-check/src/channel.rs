//! The functions of the call channel.

use std::collections::BTreeMap;

use emulator::{EmbeddedDynamoDb, InvocationError, LambdaProcess};
use loop_testkit::{ChannelPeers, fixtures::event};
use serde_json::Value;

use crate::world::spawn;

const TABLE: &str = "loop-test";

/// A function of the call channel with its own table, and stand-ins for the gateway and the queue.
#[derive(Debug)]
pub struct ChannelFunction {
    process: LambdaProcess,
    peers: ChannelPeers,
    database: EmbeddedDynamoDb,
}

impl ChannelFunction {
    /// Starts the function with an empty table.
    pub async fn start(binary: &str) -> Self {
        let function = Self::without_a_table(binary).await;
        function.database.create_table(TABLE).unwrap();
        function
    }

    /// Starts the function so that every request to the table fails.
    pub async fn without_a_table(binary: &str) -> Self {
        let database = EmbeddedDynamoDb::start(None).await.unwrap();
        let peers = ChannelPeers::start().await;
        let environment = peers.environment(&database.endpoint_url(), TABLE);
        let process = spawn(binary, &environment).await;
        Self { process, peers, database }
    }

    /// Hands an event to the function and returns its response.
    ///
    /// # Errors
    /// The function fails, ends or does not respond.
    pub async fn invoke(&self, event: Value) -> Result<Value, InvocationError> {
        self.process.invoke(event).await
    }

    /// Returns the process of the function.
    pub fn process(&self) -> &LambdaProcess {
        &self.process
    }

    /// Returns the stand-ins for the gateway and the queue.
    pub fn peers(&self) -> &ChannelPeers {
        &self.peers
    }

    /// Returns the variables that the function reads as its environment.
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.peers.environment(&self.database.endpoint_url(), TABLE)
    }
}

/// Checks that the function built as `binary` responds to `events/<function>.json`
/// with `expected` every time, and sends nothing, when there is no such call.
///
/// # Panics
/// The function responds otherwise, or sends a message.
pub async fn notifies_nobody_of_no_call(binary: &str, function: &str, expected: &Value) {
    let channel = ChannelFunction::start(binary).await;
    for _ in 0..2 {
        assert_eq!(channel.invoke(event(function)).await.unwrap(), *expected);
    }
    assert!(channel.peers().take().is_empty(), "there is no one to notify");
    assert_eq!(channel.process().output().stderr, "");
}
