//! Push services that respond slowly, endlessly, with huge responses or in another protocol. Each
//! costs its own device the deadline at most, and the function a bounded amount of memory.

#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use loop_core::{
    CallId, CallVersion, Device, DeviceId, PushKind, PushTarget, Settings, UnixMillis,
};
use loop_push::{Outcome, Ping, Pusher};
use loop_testkit::{Behaviour, PushReceiver};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

/// The deadline of every ping in these tests.
const DEADLINE: Duration = Duration::from_millis(500);
/// The time that a busy machine may add to the deadline. It is less than a second deadline would
/// add.
const TOLERANCE: Duration = Duration::from_millis(450);
/// The most that may be read of one response: the buffers of two sockets, and the most that the
/// HTTP client reads before it gives up on a head.
const RESPONSE_MAX_BYTES: usize = 16 * 1024 * 1024;

/// A server that sends its lines to every client that connects, without looking at the request.
struct Speaker {
    port: u16,
    /// The number of bytes that the client's socket has taken.
    taken: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// The lines of a speaker: `first` once, then `forever` until the client takes no more, with a
/// pause after each.
#[derive(Clone, Copy)]
struct Lines {
    first: &'static str,
    forever: &'static str,
    pause: Duration,
}

impl Speaker {
    async fn start(lines: Lines) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&taken);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(speak(stream, lines, Arc::clone(&count)));
            }
        });
        Self { port, taken, task }
    }

    fn device(&self) -> Device {
        device(self.url())
    }

    fn url(&self) -> String {
        format!("http://localhost:{}/a", self.port)
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn speak(mut stream: TcpStream, lines: Lines, taken: Arc<AtomicUsize>) {
    // The request itself does not matter, but closing a connection with unread bytes would reset
    // it.
    let _ = stream.read(&mut [0; 4096]).await;
    let _ = stream.write_all(lines.first.as_bytes()).await;
    if lines.forever.is_empty() {
        // This waits until the client closes the connection.
        let _ = stream.read(&mut [0]).await;
        return;
    }
    let many =
        if lines.pause.is_zero() { lines.forever.repeat(1000) } else { lines.forever.into() };
    while stream.write_all(many.as_bytes()).await.is_ok() {
        taken.fetch_add(many.len(), Ordering::SeqCst);
        if !lines.pause.is_zero() {
            sleep(lines.pause).await;
        }
    }
}

fn device(push_url: String) -> Device {
    Device {
        id: DeviceId::of_push_url(&push_url),
        target: PushTarget::WebPush(push_url),
        registered_at: UnixMillis::new(0),
        expires_at: PING.now.seconds().after(Duration::from_secs(1)),
    }
}

const PING: Ping = Ping {
    version: CallVersion::new(1_700_000_000_123),
    call: CallId::from_bytes([0xfb; 16]),
    rings_for: Duration::from_secs(120),
    now: UnixMillis::new(1_700_000_000_125),
};

fn pusher() -> Pusher {
    let mut settings = Settings::new(|name| match name {
        "LOOP_PUSH_HOSTS" => Some("localhost".to_owned()),
        "LOOP_PUSH_TIMEOUT_MS" => Some(DEADLINE.as_millis().to_string()),
        _ => None,
    });
    let pusher = Pusher::from_settings(&mut settings);
    settings.finish(pusher).unwrap()
}

const OK: &str = "HTTP/1.1 201 Created\r\n";

/// The line that the service sends first, the line that it then sends forever, and the outcome.
const BROKEN: &[(&str, &str, Outcome)] = &[
    // These are heads that never end.
    ("", "", Outcome::TimedOut),
    ("HTTP/1.1 2", "", Outcome::TimedOut),
    (OK, "", Outcome::TimedOut),
    (OK, "a: b\r\n", Outcome::Unreachable),
    ("HTTP/1.1 201 Created\r\na: ", "aaaaaaaaaaaaaaaaaaaa", Outcome::Unreachable),
    ("HTTP/1.1 201 ", "aaaaaaaaaaaaaaaaaaaa", Outcome::Unreachable),
    // These are not HTTP.
    ("SSH-2.0-OpenSSH_9.2\r\n", "", Outcome::Unreachable),
    ("", "\0\0\0\0\0\0\0\0\0\0", Outcome::Unreachable),
    ("HTTP/9.9 201 Created\r\n\r\n", "", Outcome::Unreachable),
    ("HTTP/1.1 abc Created\r\n\r\n", "", Outcome::Unreachable),
    ("HTTP/1.1 099 Created\r\n\r\n", "", Outcome::Unreachable),
    ("HTTP/1.1 201 Created\r\nno colon\r\n\r\n", "", Outcome::Unreachable),
    ("HTTP/1.1 201 Created\r\na\0: b\r\n\r\n", "", Outcome::Unreachable),
    ("HTTP/1.1 201 Created\r\ncontent-length: -1\r\n\r\n", "", Outcome::Unreachable),
    (
        "HTTP/1.1 201 Created\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "",
        Outcome::Unreachable,
    ),
    // These are bodies that are huge or never end: only the status counts.
    ("HTTP/1.1 201 Created\r\ncontent-length: 9223372036854775807\r\n\r\n", "x", Outcome::Accepted),
    ("HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\nx\r\n", Outcome::Accepted),
    (
        "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\nffffffffffff\r\n",
        "x",
        Outcome::Accepted,
    ),
    ("HTTP/1.1 410 Gone\r\n\r\n", "xxxxxxxxxxxxxxxxxxxx", Outcome::Gone),
    ("HTTP/1.1 999 Odd\r\n\r\n", "xxxxxxxxxxxxxxxxxxxx", Outcome::Refused(999)),
];

#[tokio::test]
async fn whatever_is_said_there_is_an_outcome_within_the_deadline_and_within_bounds() {
    let pusher = pusher();
    for (first, forever, expected) in BROKEN {
        let lines = Lines { first, forever, pause: Duration::ZERO };
        let speaker = Speaker::start(lines).await;
        let start = Instant::now();
        let outcome = pusher.ring(&speaker.device(), &PING).await;
        let took = start.elapsed();
        assert_eq!(outcome, *expected, "{first:?} {forever:?}");
        assert!(took < DEADLINE + TOLERANCE, "{first:?} {forever:?}: {took:?}");
        let taken = speaker.taken.load(Ordering::SeqCst);
        assert!(taken < RESPONSE_MAX_BYTES, "{first:?} {forever:?}: {taken} bytes");
    }
}

/// Interim responses are read and not kept, so only the deadline ends the ping. It does not end it
/// to the millisecond: the HTTP client reads on as long as there is more, which takes seconds
/// without optimisation.
#[tokio::test]
async fn informational_responses_alone_end_with_the_deadline() {
    let pusher = pusher();
    for forever in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\na: b\r\n\r\n"] {
        let lines = Lines { first: "", forever, pause: Duration::ZERO };
        let speaker = Speaker::start(lines).await;
        let start = Instant::now();
        assert_eq!(pusher.ring(&speaker.device(), &PING).await, Outcome::TimedOut);
        assert!(start.elapsed() < 20 * DEADLINE, "{:?}", start.elapsed());
    }
}

/// Each byte comes in time, but the whole response never does.
#[tokio::test]
async fn a_response_that_drips_has_no_longer_than_one_that_stands_still() {
    let pusher = pusher();
    for (first, forever) in [("", "H"), (OK, "a"), (OK, "a: b\r\n"), (OK, "\r")] {
        let speaker = Speaker::start(Lines { first, forever, pause: DEADLINE / 20 }).await;
        let start = Instant::now();
        let outcome = pusher.ring(&speaker.device(), &PING).await;
        assert!(!outcome.is_notified(), "{first:?} {forever:?}: {outcome:?}");
        assert!(start.elapsed() < DEADLINE + TOLERANCE, "{first:?} {forever:?}");
    }
}

#[tokio::test]
async fn the_other_devices_do_not_notice() {
    let good = PushReceiver::start().await;
    let mut speakers = Vec::new();
    for (first, forever, _) in BROKEN {
        speakers.push(Speaker::start(Lines { first, forever, pause: Duration::ZERO }).await);
    }
    let pusher = pusher();
    let good_device = device(good.url("/good"));
    let start = Instant::now();
    let broken = join_all(speakers.iter().map(async |it| pusher.ring(&it.device(), &PING).await));
    let (_, good_outcome) = tokio::join!(broken, pusher.ring(&good_device, &PING));
    assert_eq!(good_outcome, Outcome::Accepted);
    assert!(start.elapsed() < DEADLINE + TOLERANCE, "{:?}", start.elapsed());
}

#[tokio::test]
async fn no_wait_that_a_service_asks_for_is_too_long_to_be_counted() {
    let service = PushReceiver::start().await;
    for seconds in [u64::MAX, u64::MAX / 2, i64::MAX.unsigned_abs(), 86_400] {
        service.respond("/busy", Behaviour::RetryAfter(503, seconds.to_string()));
        let outcome = pusher().ring(&device(service.url("/busy")), &PING).await;
        assert_eq!(outcome, Outcome::Refused(503), "{seconds}");
    }
}

#[tokio::test]
async fn no_redirect_is_followed_wherever_it_leads() {
    let target = PushReceiver::start().await;
    let inside = target.url("/inside");
    for location in [
        inside.clone(),
        inside.replace("localhost", "127.0.0.1"),
        inside.replace("http:", ""),
        "/other".to_owned(),
        "https://fcm.googleapis.com/fcm/send/a".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::1]/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let response = format!(
                "HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
            );
            let lines = Lines { first: response.leak(), forever: "", pause: Duration::ZERO };
            let speaker = Speaker::start(lines).await;
            for kind in [PushKind::WebPush, PushKind::SimplePush] {
                let device =
                    Device { target: PushTarget::new(kind, speaker.url()), ..speaker.device() };
                let outcome = pusher().ring(&device, &PING).await;
                assert_eq!(outcome, Outcome::Refused(status), "{status} {location}");
            }
        }
    }
    assert_eq!(target.connections(), 0);
}
