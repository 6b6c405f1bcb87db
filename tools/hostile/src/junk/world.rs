//! The server with its DynamoDB, whose requests are recorded, and with Bob, who uses it.

use std::time::{Duration, Instant};

use load::{
    BoxError, Connection, Device, Latencies, Plan, Request, ServerProcess, Session, StatusCode,
};
use local::server::TABLE;
use loop_testkit::{EmbeddedDynamoDb, WireRecorder};
use tokio::runtime::Runtime;

use crate::{
    junk::{tokens::JunkTokens, traffic::exchange_all},
    serve,
};

/// Real requests per second.
const USUAL_RATE: f64 = 40.0;
const VALID: Duration = Duration::from_hours(24);

pub(crate) struct World {
    pub(crate) server: ServerProcess,
    wire: WireRecorder,
    _database: EmbeddedDynamoDb,
    /// Bob's session.
    pub(crate) session: Session,
    /// The token of Bob's link.
    token: String,
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
        let token = bob.send(&Request::create_call_url(&session, VALID))?.into_call_token()?;
        let caller =
            bob.send(&Request::place_call(&token))?.into_part("a session", |response| {
                response.json()["session_token"].as_str().map(str::to_owned)
            })?;
        let junk = JunkTokens::like(token.clone(), [session.token().to_owned(), caller])?;
        Ok(Self { server, wire, _database: database, session, token, junk })
    }

    /// Opens Bob's link and makes another one, in turn. Returns how long each response took from
    /// when its request was due.
    ///
    /// # Errors
    /// A response was not what it should be.
    pub(crate) fn use_as_usual(
        &self,
        begin: Instant,
        duration: Duration,
    ) -> Result<Latencies, BoxError> {
        let open = Request::open_call_url(&self.token);
        let make = Request::create_call_url(&self.session, VALID);
        let schedule = Plan::constant(USUAL_RATE, duration, 0).schedule();
        exchange_all(self.server.address(), begin, schedule, |connection, due| {
            let request = if due.number % 2 == 0 { &open } else { &make };
            let response = connection.send(request)?.expect(StatusCode::OK);
            response.map_err(|error| format!("a real request got {error}"))?;
            Ok(())
        })
    }

    /// Checks that requests to DynamoDB are seen at all: Bob's registration was one. Forgets those
    /// so far.
    ///
    /// # Errors
    /// It was not seen.
    pub(crate) fn expect_recorded(&self) -> Result<(), BoxError> {
        match self.operations().as_slice() {
            [first, ..] if first == "PutItem" => Ok(()),
            seen => Err(format!("of a registration and a call DynamoDB has seen {seen:?}").into()),
        }
    }

    /// Returns the operations that DynamoDB was asked for since the last time.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.wire.take()
    }
}
