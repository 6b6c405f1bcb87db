//! The request of each scenario, and the response that it has to get.

use std::time::{Duration, Instant};

use fastrand::Rng;
use load::{ClientError, Request, Response, StatusCode};
use serde_json::json;

use crate::{
    callees::{Callee, Callees, MIN_TOKEN_BYTES},
    scenario::Scenario,
};

/// An outcome of a request.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The expected response, or what came instead, in a few words.
    pub(crate) response: Result<(), String>,
    /// Of a call: how long after it was due the ping came, if one had to come.
    pub(crate) ping: Option<Option<Duration>>,
}

/// Sends one request of a scenario. `turn` counts those of the scenario, which take callees in
/// turn, so that each of them is called as rarely as possible; everything else is up to `random`.
pub(crate) async fn play(
    scenario: Scenario,
    callees: &Callees,
    turn: usize,
    random: &mut Rng,
    due: Instant,
) -> Outcome {
    let (callee, link) = in_turn(callees, turn);
    let request = request(scenario, callees, callee, link, turn, random);
    let sent = Instant::now();
    let response = callees.service.send(request).await;
    let response = response.and_then(|response| check(scenario, response));
    // A call that failed need not have rung.
    let has_rung = scenario == Scenario::Call && response.is_ok();
    let ping = has_rung.then(|| callees.claim_ping(callee, sent)).flatten();
    let response = response.map_err(|error| error.to_string());
    Outcome { response, ping: ping.map(|ping| ping.map(|ping| ping - due)) }
}

fn request(
    scenario: Scenario,
    callees: &Callees,
    callee: &Callee,
    link: &str,
    turn: usize,
    random: &mut Rng,
) -> Request {
    match scenario {
        Scenario::Register => Request::register(None, &callees.new_device().0),
        Scenario::Make => {
            let valid = Duration::from_secs(random.u64(60..=86_400));
            Request::create_call_url(&callee.session, valid)
        }
        Scenario::Open => Request::open_page(link),
        Scenario::Call => call(link, random),
        Scenario::List => Request::list_calls(&callee.session),
        Scenario::Junk => Request::open_call_url(&junk(link, random)),
        Scenario::Expired => {
            let expired = &callees.expired[turn % callees.expired.len()];
            if random.bool() { Request::open_call_url(expired) } else { call(expired, random) }
        }
    }
}

fn call(link: &str, random: &mut Rng) -> Request {
    let call_type = if random.bool() { "audio" } else { "audio-video" };
    Request::place_call(link)
        .header("idempotency-key", format!("{:032x}", random.u128(..)))
        .json(&json!({ "call_type": call_type }))
}

/// Takes one callee after the other, and when all have had their turn, the next link of each.
fn in_turn(callees: &Callees, turn: usize) -> (&Callee, &str) {
    let callee = &callees.callees[turn % callees.callees.len()];
    let round = turn / callees.callees.len();
    (callee, &callee.links[round % callee.links.len()])
}

/// Makes what looks like a link, more or less.
fn junk(link: &str, random: &mut Rng) -> String {
    let mut text = |length| (0..length).map(|_| random.alphanumeric()).collect::<String>();
    let (whole, one) = (text(link.len()), text(1));
    // Random text of this length is not by chance what it takes the place of.
    let cut = random.usize(MIN_TOKEN_BYTES / 2..link.len());
    match random.u8(0..4) {
        0 => whole,
        1 => link[..cut].to_owned(),
        2 => format!("{link}{one}"),
        // The signature of a link, with claims of none.
        _ => format!("{}{}", &whole[..cut], &link[cut..]),
    }
}

fn check(scenario: Scenario, response: Response) -> Result<(), ClientError> {
    match scenario {
        Scenario::Register => response.into_session().map(drop),
        Scenario::Make => response.into_call_token().map(drop),
        Scenario::Open => response.into_part("a page", |it| (!it.body.is_empty()).then_some(())),
        Scenario::Call => response.into_part("a device notified", |it| {
            it.json()["notified"].as_bool().filter(|is_notified| *is_notified).map(drop)
        }),
        Scenario::List => response.into_calls().map(drop),
        Scenario::Junk => response.expect_error(StatusCode::NOT_FOUND, 105),
        Scenario::Expired => response.expect_error(StatusCode::GONE, 111),
    }
}
