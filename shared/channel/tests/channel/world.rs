//! A channel with one call in its table.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use loop_channel::{Channel, Messages, Timer};
use loop_core::{
    Call, CallId, CallType, Clock, KeyRing, LogFields, Participant, ParticipantToken,
    ProviderSession, RemoteId, Settings, UnavailableError, UnixMillis, UrlId, UserId,
    progress::{ConnectionId, Role},
};

use loop_store::Store;
use loop_testkit::{ChannelPeers, Heard, ManualClock, TEST_KEY_RING, TestDynamoDb, WireRecorder};
use serde_json::{Value, json};

pub(crate) const CALLEE: UserId = UserId::from_bytes([1; 16]);
pub(crate) const CALL: CallId = CallId::from_bytes([7; 16]);
const TABLE: &str = "loop-test";

pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) peers: ChannelPeers,
    pub(crate) wire: WireRecorder,
    messages: Messages,
    channel: Channel,
    store: Store,
    keys: KeyRing,
    /// The token by which each connection's party comes back.
    return_tokens: Mutex<HashMap<String, String>>,
    /// The servers that each connection was told last.
    ice_servers: Mutex<HashMap<String, Value>>,
    // The database stops when it is dropped.
    _database: TestDynamoDb,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = TestDynamoDb::start().await;
        database.create_table(TABLE);
        let wire = WireRecorder::start(&database.endpoint_url()).await;
        let peers = ChannelPeers::start().await;
        let environment = peers.environment(&wire.endpoint_url(), TABLE);
        let mut settings = Settings::new(|name| environment.get(name).cloned());
        let clock = ManualClock::default();
        let shared = clock.clone();
        let clock_of_channel = Clock::new(move || shared.now());
        let messages = Messages::from_settings(&mut settings, &clock_of_channel);
        let channel = Channel::from_settings(&mut settings, &clock_of_channel);
        let store = Store::from_settings(&mut settings);
        let built = messages.zip(channel).zip(store);
        let ((messages, channel), store) = settings.finish(built).unwrap();
        let keys = TEST_KEY_RING.parse().unwrap();
        let world = Self {
            clock,
            peers,
            wire,
            messages,
            channel,
            store,
            keys,
            return_tokens: Mutex::default(),
            ice_servers: Mutex::default(),
            _database: database,
        };
        world.place(CALL).await;
        world.wire.take();
        world
    }

    /// Places another call to the callee.
    pub(crate) async fn place(&self, id: CallId) {
        let now = self.clock.now();
        let state = self.store.callee(CALLEE, UrlId::from_bytes([0; 8]), None, now).await.unwrap();
        let call = Call {
            id,
            url: UrlId::from_bytes([0; 8]),
            remote_id: RemoteId::try_from("alice".to_owned()).unwrap(),
            call_type: CallType::Audio,
            session: ProviderSession {
                provider: "direct".to_owned(),
                api_key: String::new(),
                session_id: id.to_string(),
                server_url: "wss://channel.example.org".to_owned(),
            },
            callee_token: ParticipantToken::new("not looked at"),
            caller_token: None,
            expires_at: now.seconds().after(Duration::from_mins(2)),
            slot_expires_at: now.seconds().after(Duration::from_mins(2)),
        };
        self.store.place(CALLEE, &state, &call, now).await.unwrap();
    }

    pub(crate) fn token(&self, call: CallId, role: Role) -> String {
        let expires_at = self.clock.now().seconds().after(Duration::from_mins(2));
        let participant = Participant { callee: CALLEE, call, role, expires_at };
        participant.sign(&self.keys.keys()).expose().to_owned()
    }

    pub(crate) fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Sends a message as it is, and returns the error for the log.
    pub(crate) async fn send(&self, connection: &str, text: &str) -> Result<(), UnavailableError> {
        self.messages.handle(&ConnectionId::new(connection), text, &mut LogFields::default()).await
    }

    /// Sends a message, and returns the messages that all connections received.
    pub(crate) async fn say(&self, connection: &str, message: Value) -> Vec<String> {
        self.send(connection, &message.to_string()).await.unwrap();
        self.heard()
    }

    pub(crate) async fn hello(&self, connection: &str, role: Role) -> Vec<String> {
        self.say(connection, hello(&self.token(CALL, role))).await
    }

    /// Says hello on `connection` as the party that is known to the call as `former`.
    pub(crate) async fn back(&self, connection: &str, former: &str) -> Vec<String> {
        let token = self.return_tokens.lock().unwrap()[former].clone();
        self.say(connection, hello(&token)).await
    }

    /// Returns the servers that `connection` was told last.
    pub(crate) fn ice_servers(&self, connection: &str) -> Value {
        self.ice_servers.lock().unwrap()[connection].clone()
    }

    pub(crate) async fn act(&self, connection: &str, event: &str) -> Vec<String> {
        self.say(connection, json!({ "type": "action", "event": event })).await
    }

    pub(crate) async fn terminate(&self, connection: &str, reason: &str) -> Vec<String> {
        let message = json!({ "type": "action", "event": "terminate", "reason": reason });
        self.say(connection, message).await
    }

    pub(crate) async fn signal(&self, connection: &str, data: Value) -> Vec<String> {
        self.say(connection, json!({ "type": "signal", "data": data })).await
    }

    pub(crate) async fn disconnect(&self, connection: &str) -> Vec<String> {
        self.try_disconnect(connection).await.unwrap();
        self.heard()
    }

    pub(crate) async fn try_disconnect(&self, connection: &str) -> Result<(), UnavailableError> {
        let connection = ConnectionId::new(connection);
        self.channel.disconnected(&connection, &mut LogFields::default()).await
    }

    pub(crate) async fn fire(&self, timer: &Timer) -> Result<(), UnavailableError> {
        self.channel.timer_fired(timer, &mut LogFields::default()).await
    }

    /// Takes the messages that all connections and the queue received, sorted by connection,
    /// because all are notified at once. The messages of one connection stay in order.
    pub(crate) fn heard(&self) -> Vec<String> {
        let mut heard = self.peers.take();
        for heard in &heard {
            let Heard::Post(connection, message) = heard else { continue };
            if let Some(token) = message["session_token"].as_str() {
                let mut tokens = self.return_tokens.lock().unwrap();
                tokens.insert(connection.clone(), token.to_owned());
            }
            if message["ice_servers"].is_array() {
                let mut servers = self.ice_servers.lock().unwrap();
                servers.insert(connection.clone(), message["ice_servers"].clone());
            }
        }
        heard.sort_by_key(who);
        heard.iter().map(Heard::to_string).collect()
    }

    /// Takes the timers that were scheduled, and drops all other messages.
    pub(crate) fn timers(&self) -> Vec<Timer> {
        let heard = self.peers.take().into_iter();
        let bodies = heard.filter_map(|heard| match heard {
            Heard::Remind(body, _) => Some(serde_json::from_value(body).unwrap()),
            Heard::Post(..) | Heard::Close(_) => None,
        });
        bodies.collect()
    }

    /// Starts a call that Bob's laptop has accepted.
    pub(crate) async fn connecting() -> Self {
        let world = Self::new().await;
        world.hello("alice=", Role::Caller).await;
        world.hello("laptop=", Role::Callee).await;
        world.act("laptop=", "accept").await;
        world
    }

    pub(crate) async fn connected() -> Self {
        let world = Self::connecting().await;
        world.act("alice=", "media-up").await;
        world.act("laptop=", "media-up").await;
        world
    }
}

pub(crate) fn hello(token: &str) -> Value {
    json!({ "type": "hello", "token": token })
}

pub(crate) fn later(moment: UnixMillis, millis: u64) -> UnixMillis {
    moment.after(Duration::from_millis(millis))
}

fn who(heard: &Heard) -> String {
    match heard {
        Heard::Post(connection, _) | Heard::Close(connection) => connection.clone(),
        Heard::Remind(..) => "queue".to_owned(),
    }
}
