//! The table, and what has to be in it for a function to do its work.

use std::time::{Duration, SystemTime};

use loop_core::{
    Call, CallId, CallType, Device, DeviceId, Participant, ParticipantToken, ProviderSession,
    PushKind, RemoteId, Settings, UnixMillis, UrlId, UserId,
    progress::{ConnectionId, Event, Role, Timeouts},
};
use loop_store::{ChannelCall, Registrant, Store};
use loop_testkit::EmbeddedDynamoDb;

use crate::Failure;

pub(crate) const NAME: &str = "loop";
/// Longer than anything is measured.
const LIFETIME: Duration = Duration::from_mins(10);

/// An embedded DynamoDB with a table.
pub(crate) struct Table {
    dynamodb: EmbeddedDynamoDb,
    store: Store,
}

impl Table {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let dynamodb = EmbeddedDynamoDb::start(None).await?;
        dynamodb.create_table(NAME)?;
        let endpoint_url = dynamodb.endpoint_url();
        let mut settings = Settings::new(|name| match name {
            "LOOP_TABLE" => Some(NAME.to_owned()),
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("good-for-nothing".to_owned()),
            "AWS_ENDPOINT_URL_DYNAMODB" => Some(endpoint_url.clone()),
            _ => None,
        });
        let store = Store::from_settings(&mut settings);
        let store = settings.finish(store)?;
        Ok(Self { dynamodb, store })
    }

    /// Without TLS.
    pub(crate) fn endpoint_url(&self) -> String {
        self.dynamodb.endpoint_url()
    }

    /// Registers a device that is woken with Web Push.
    pub(crate) async fn add_device(&self, user: UserId, push_url: &str) -> Result<(), Failure> {
        let now = now();
        let device = Device {
            id: DeviceId::of_push_url(push_url),
            kind: PushKind::WebPush,
            push_url: push_url.to_owned(),
            registered_at: now,
            expires_at: now.seconds().after(LIFETIME),
        };
        self.store.register(user, Registrant::New, &device, now).await?;
        Ok(())
    }

    /// Places a call to `callee`; nobody has come to the channel yet.
    pub(crate) async fn place_call(&self, callee: UserId) -> Result<ChannelCall, Failure> {
        let now = now();
        let id = call_of(callee);
        let call = Call {
            id,
            url: UrlId::from_bytes([1; 8]),
            remote_id: RemoteId::try_from("alice@example.com".to_owned())?,
            call_type: CallType::AudioVideo,
            session: ProviderSession {
                provider: "direct".to_owned(),
                api_key: String::new(),
                session_id: id.to_string(),
                server_url: "wss://channel.example.org/live".to_owned(),
            },
            callee_token: ParticipantToken::new("not looked at"),
            caller_token: None,
            expires_at: now.seconds().after(LIFETIME),
            slot_expires_at: now.seconds().after(LIFETIME),
        };
        let state = self.store.callee(callee, call.url, None, now).await?;
        self.store.place(callee, &state, &call, now).await?;
        let expires_at = call.expires_at;
        let caller = Participant { callee, call: id, role: Role::Caller, expires_at };
        let found = self.store.find_call(&caller, now).await?;
        Ok(found.ok_or("the call that was placed is not there")?)
    }

    /// The same, and it rings until `limit` is over: `caller` is in the channel, and so is a device
    /// of the callee.
    pub(crate) async fn ring(
        &self,
        callee: UserId,
        caller: &str,
        limit: Duration,
    ) -> Result<ChannelCall, Failure> {
        let mut call = self.place_call(callee).await?;
        let now = now();
        let timeouts = Timeouts { ringing: limit, ..Timeouts::default() };
        let device = format!("device-of-{callee}");
        for (role, connection) in [(Role::Caller, caller), (Role::Callee, device.as_str())] {
            let connection = ConnectionId::new(connection);
            let until = now.seconds().after(LIFETIME);
            self.store.bind(&connection, &call.binding(role), until).await?;
            let hello = Event::Hello(role, connection);
            call = self.store.advance(call, &hello, now, &timeouts).await?.call;
        }
        Ok(call)
    }
}

/// The one call that a callee has here.
pub(crate) fn call_of(callee: UserId) -> CallId {
    CallId::from_bytes(*callee.as_bytes())
}

/// By the clock that functions have, too.
pub(crate) fn now() -> UnixMillis {
    SystemTime::now().into()
}
