//! The server with a recorded DynamoDB, and its user Bob.

use std::time::Duration;

use emulator::EmbeddedDynamoDb;
use load::{BoxError, Connection, Device, Request, ServerProcess, Session};
use local::environment::TABLE;
use loop_testkit::WireRecorder;
use tokio::runtime::Runtime;

use crate::{junk::tokens::JunkTokens, serve};

/// The time for which links are valid.
pub(crate) const VALID: Duration = Duration::from_hours(24);

pub(crate) struct World {
    pub(crate) server: ServerProcess,
    wire: WireRecorder,
    _database: EmbeddedDynamoDb,
    /// Bob's session.
    pub(crate) session: Session,
    /// The maker of junk, which has the token of Bob's link.
    pub(crate) junk: JunkTokens,
}

impl World {
    pub(crate) fn start(runtime: &Runtime) -> Result<Self, BoxError> {
        let (database, wire) = runtime.block_on(async {
            let database = EmbeddedDynamoDb::start(None).await?;
            database.create_table(TABLE)?;
            let wire = WireRecorder::start(&database.endpoint_url()).await;
            Ok::<_, BoxError>((database, wire))
        })?;
        let mut command = serve::command()?;
        let server = ServerProcess::start(command.args(["--database-url", &wire.endpoint_url()]))?;

        let mut bob = Connection::open(server.address())?;
        let device = Device::SimplePush("http://localhost:9/bob".to_owned());
        let session = bob.send(&Request::register(None, &device))?.into_session()?;
        let real = bob.send(&Request::make_link(&session, VALID))?.into_call_token()?;
        let caller = bob.send(&Request::place(&real))?.into_part("a session", |response| {
            response.json()["session_token"].as_str().map(str::to_owned)
        })?;
        let junk = JunkTokens { real, others: [session.token().to_owned(), caller] };
        Ok(Self { server, wire, _database: database, session, junk })
    }

    /// Checks that requests to DynamoDB are recorded: Bob's registration was one. Forgets those so
    /// far.
    pub(crate) fn expect_recorded(&self) -> Result<(), BoxError> {
        match self.operations().as_slice() {
            [first, ..] if first == "PutItem" => Ok(()),
            seen => Err(format!("of a registration and a call DynamoDB has seen {seen:?}").into()),
        }
    }

    /// Returns DynamoDB's operations since the last call of this method.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.wire.take()
    }
}
