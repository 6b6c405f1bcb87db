//! What a function finds when it starts: its settings, the table, and a callee's device.

use std::{fs, path::Path};

use loop_testkit::{EmbeddedDynamoDb, PushReceiver, RuntimeApi, TEST_KEY_RING};
use serde_json::Value;

use crate::{
    Failure,
    capacity::CapacityMeter,
    release::Binary,
    subject::Needs,
    tls::{Certificate, Terminator},
};

const TABLE: &str = "loop";
/// Made with `cargo run -p keys -- vapid` and published here, so it protects nothing.
const VAPID_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5D36T7Rm4B-P00mwFRQxrKS112Dc\
    yTH6bvQ-YvHrubGhRANCAARZKjObpi_4REn36TWGHX3kmoRHcvnkDJ73udHz6GFTV582jYFmkYxxBil9uw6cukSDszCz\
    EZBPc1TT9v9lZ262";

/// What all runs share.
pub(crate) struct World {
    certificate: Certificate,
    push: PushReceiver,
    register: Binary,
}

/// What one run has for itself.
pub(crate) struct Surroundings {
    pub(crate) api: RuntimeApi,
    table: Option<(EmbeddedDynamoDb, Terminator)>,
    settings: Vec<(&'static str, String)>,
}

impl World {
    /// `register` puts devices into tables.
    pub(crate) async fn new(register: Binary) -> Result<Self, Failure> {
        Ok(Self { certificate: Certificate::new()?, push: PushReceiver::start().await, register })
    }

    /// With a new table, if one is needed.
    pub(crate) async fn surroundings(&self, needs: Needs) -> Result<Surroundings, Failure> {
        let mut surroundings =
            Surroundings { api: RuntimeApi::start().await, table: None, settings: settings() };
        if needs != Needs::Nothing {
            surroundings.add_table(&self.certificate).await?;
        }
        if needs == Needs::Device {
            self.register_device(&surroundings).await?;
        }
        Ok(surroundings)
    }

    /// With a new table, and a meter in front of it.
    pub(crate) async fn metered_surroundings(
        &self,
    ) -> Result<(Surroundings, CapacityMeter), Failure> {
        let mut surroundings =
            Surroundings { api: RuntimeApi::start().await, table: None, settings: settings() };
        let dynamodb = database().await?;
        let meter = CapacityMeter::start(dynamodb.endpoint_url()).await?;
        surroundings.put_behind_tls(&self.certificate, dynamodb, meter.address()).await?;
        Ok((surroundings, meter))
    }

    /// A push URL that is answered.
    pub(crate) fn push_url(&self, path: &str) -> String {
        self.push.url(path)
    }

    /// By the function whose task it is. The callee is the one of the events, who is named by the
    /// session cookie that the other events have.
    async fn register_device(&self, surroundings: &Surroundings) -> Result<(), Failure> {
        let mut event = event("register")?;
        event["cookies"] = self::event("list-calls")?["cookies"].take();
        let body = event["body"].as_str().ok_or("events/register.json has no body")?;
        let mut body: Value = serde_json::from_str(body)?;
        body["push_subscription"]["endpoint"] = self.push.url("/bob").into();
        event["body"] = body.to_string().into();

        // Not the API of the run: until this process is gone, it would take the run's event.
        let api = RuntimeApi::start().await;
        let process = api.spawn(&self.register.path, &surroundings.settings())?;
        let answer = process.invoke(event).await?;
        if answer["statusCode"] != 200 {
            return Err(format!("the callee's device was not registered: {answer}").into());
        }
        Ok(())
    }
}

impl Surroundings {
    /// All settings that any function has; each reads its own.
    pub(crate) fn settings(&self) -> Vec<(&str, &str)> {
        self.settings.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// How many connections to DynamoDB there have been.
    pub(crate) fn connections(&self) -> usize {
        self.table.as_ref().map_or(0, |(_, terminator)| terminator.accepted())
    }

    async fn add_table(&mut self, certificate: &Certificate) -> Result<(), Failure> {
        let dynamodb = database().await?;
        let upstream = dynamodb.endpoint_url().replace("http://", "");
        self.put_behind_tls(certificate, dynamodb, upstream).await
    }

    async fn put_behind_tls(
        &mut self,
        certificate: &Certificate,
        dynamodb: EmbeddedDynamoDb,
        upstream: String,
    ) -> Result<(), Failure> {
        let terminator = Terminator::start(certificate, upstream).await?;
        let root = certificate.root().to_string_lossy().into_owned();
        self.settings.push(("AWS_ENDPOINT_URL_DYNAMODB", terminator.url()));
        self.settings.push(("AWS_CA_BUNDLE", root));
        self.table = Some((dynamodb, terminator));
        Ok(())
    }
}

async fn database() -> Result<EmbeddedDynamoDb, Failure> {
    let dynamodb = EmbeddedDynamoDb::start(None).await?;
    dynamodb.create_table(TABLE)?;
    Ok(dynamodb)
}

/// The event in `events/` for this function.
pub(crate) fn event(function: &str) -> Result<Value, Failure> {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let file = events.join(format!("{function}.json"));
    let text =
        fs::read(&file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

fn settings() -> Vec<(&'static str, String)> {
    [
        ("LOOP_TABLE", TABLE),
        ("LOOP_TOKEN_KEYS", TEST_KEY_RING),
        // The second is where the events register, the first where a ping can be answered here.
        ("LOOP_PUSH_HOSTS", "localhost,*.push.services.mozilla.com"),
        ("LOOP_VAPID_KEY", VAPID_KEY),
        ("LOOP_VAPID_SUBJECT", "https://loop.example.org/"),
        // No request to anybody else: what it would take depends on who is asked.
        ("LOOP_PROVIDER", "livekit"),
        ("LIVEKIT_URL", "ws://localhost:7880"),
        ("LIVEKIT_API_KEY", "devkey"),
        ("LIVEKIT_API_SECRET", "secret-of-devkey-for-development-only"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}
