//! Tests that each part waits longer than any that it waits for, from one attempt to the gateway.

use std::{collections::BTreeSet, time::Duration};

use loop_aws::{ATTEMPT_TIMEOUT, CONNECT_TIMEOUT, OPERATION_TIMEOUT, WARM_TIMEOUT};
use loop_core::Settings;
use loop_lambda::{EventItem, RETRY_AFTER_OUTAGE, SqsMessage, WebSocketEvent};
use loop_provider::Provider;
use loop_push::Pusher;

use crate::template::Template;

/// The time that API Gateway waits for a function of an HTTP API, and of a WebSocket API.
const HTTP_GATEWAY: Duration = Duration::from_secs(30);
const SOCKET_GATEWAY: Duration = Duration::from_secs(29);

/// The most requests to AWS that the function behind each route makes one after the other. Rounds
/// that are lost to another writer do not count more than once: each got a response, and a fast
/// one.
const REQUESTS: &[(&str, u32)] = &[
    // call_of, advance, one message, closing.
    ("SQS", 4),
    ("$connect", 0),
    // count_message, call_of, advance, one message, closing, unbind; the timer if that fails.
    ("$disconnect", 7),
    // count_message, find_call, bind, advance, one message, closing; one more message.
    ("$default", 7),
    ("POST /call-url", 0),
    ("GET /__heartbeat__", 1),
    ("GET /calls", 1),
    ("GET /calls/{token}", 0),
    // The query, two slots, and whether the link was revoked meanwhile.
    ("POST /calls/{token}", 4),
    // A user who is not new, and whose devices are many and have expired.
    ("POST /registration", 3),
    // A user whose revocations are many and have expired; the link's calls, their end, one message,
    // closing.
    ("DELETE /call-url/{token}", 7),
    ("GET /", 0),
    ("DELETE /registration", 1),
];

#[test]
fn an_attempt_is_shorter_than_its_operation() {
    assert!(CONNECT_TIMEOUT < ATTEMPT_TIMEOUT);
    assert!(2 * ATTEMPT_TIMEOUT < OPERATION_TIMEOUT, "one that is lost is repeated");
    // Lambda allows 10 s for everything before the first event.
    assert!(WARM_TIMEOUT < Duration::from_secs(10));
}

#[test]
fn every_function_has_time_for_all_that_it_waits_for() {
    let template = Template::read();
    let mut without: BTreeSet<_> = template.functions().map(|it| it.binary()).collect();
    for (route, requests) in REQUESTS {
        let is_call = *route == "POST /calls/{token}";
        let waits = if is_call { longest_provider() + longest_ping() } else { Duration::ZERO };
        let mut needed = *requests * OPERATION_TIMEOUT + waits;
        if is_call {
            // If the link was revoked meanwhile, no device is woken, and the link's calls are
            // looked for and ended.
            needed = needed.max((requests + 2) * OPERATION_TIMEOUT + longest_provider());
        }
        let function = template.function_behind(route);
        let timeout = template.timeout(&function);
        assert!(needed < timeout, "{route}: {needed:?} of {timeout:?}");
        without.remove(&function.binary());
    }
    assert!(without.is_empty(), "add a route and its requests to REQUESTS here for {without:?}");
}

/// A repeat that comes as soon as it may finds a call that was stored before the outage, and rings
/// it: by then the first request no longer rings.
#[test]
fn a_ring_is_over_before_a_client_comes_back() {
    let ringing = OPERATION_TIMEOUT + ping("").unwrap();
    assert!(ringing <= RETRY_AFTER_OUTAGE, "{ringing:?}");
}

#[test]
fn the_gateway_waits_longer_than_any_function_takes() {
    let template = Template::read();
    for function in template.functions() {
        // An instance may have to be started first.
        let takes = WARM_TIMEOUT + template.timeout(&function);
        let gateway = if function.is_endpoint() { HTTP_GATEWAY } else { SOCKET_GATEWAY };
        assert!(takes < gateway, "{}: {takes:?}", function.binary());
    }
}

#[test]
fn a_function_gives_up_an_event_before_lambda_ends_it() {
    let template = Template::read();
    for route in ["$default", "$disconnect"] {
        let timeout = template.timeout(&template.function_behind(route));
        assert!(WebSocketEvent::TIME_LIMIT < timeout, "{route}");
    }
    assert!(7 * OPERATION_TIMEOUT < WebSocketEvent::TIME_LIMIT);
    assert_eq!(
        template.batch_size(&template.function_behind("SQS")),
        1,
        "the limit is that of one message"
    );
    assert!(SqsMessage::TIME_LIMIT < template.timeout(&template.function_behind("SQS")));
    assert!(4 * OPERATION_TIMEOUT < SqsMessage::TIME_LIMIT);
}

/// A message that is being worked on is not delivered again. AWS recommends six times the
/// function's timeout, for batches whose messages are tried again one by one; ours have one
/// message.
#[test]
fn a_message_stays_hidden_for_longer_than_it_may_take_and_comes_again_in_time() {
    let template = Template::read();
    let hidden = template.visibility_timeout("Deadlines");
    assert!(hidden >= 3 * template.timeout(&template.function_behind("SQS")), "{hidden:?}");
    // By `LATENESS` of the store, a failed message comes again before the call is forgotten.
    assert!(hidden < Duration::from_secs(60), "{hidden:?}");
}

#[test]
fn what_can_be_set_has_bounds() {
    assert_eq!(ping("").unwrap(), Duration::from_secs(2));
    assert_eq!(longest_ping(), Duration::from_secs(5));
    assert!(ping("5001").is_err());
    assert_eq!(provider("").unwrap(), Duration::from_secs(4));
    assert_eq!(longest_provider(), Duration::from_secs(8));
    assert!(provider("8001").is_err());
}

fn longest_ping() -> Duration {
    ping("5000").unwrap()
}

fn longest_provider() -> Duration {
    provider("8000").unwrap()
}

/// Returns the longest time for waking devices with this `LOOP_PUSH_TIMEOUT_MS`.
fn ping(millis: &str) -> Result<Duration, String> {
    let mut settings =
        Settings::new(|name| (name == "LOOP_PUSH_TIMEOUT_MS").then(|| millis.to_owned()));
    let pusher = Pusher::from_settings(&mut settings);
    settings.finish(pusher).map(|pusher| pusher.timeout()).map_err(|faults| faults.to_string())
}

/// Returns the longest time for making a session with this `LOOP_PROVIDER_TIMEOUT_MS`, at the
/// slowest provider.
fn provider(millis: &str) -> Result<Duration, String> {
    let mut settings = Settings::new(|name| {
        let value = match name {
            "LOOP_PROVIDER" => "opentok",
            "LOOP_PROVIDER_TIMEOUT_MS" => millis,
            _ => "1",
        };
        (name != "OPENTOK_API_URL").then(|| value.to_owned())
    });
    let provider = Provider::from_settings(&mut settings);
    let provider = settings.finish(provider).map_err(|faults| faults.to_string())?;
    Ok(provider.timeout())
}
