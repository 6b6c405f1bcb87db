//! The request of each scenario, and the response that it has to get.

use std::time::{Duration, Instant};

use fastrand::Rng;
use load::{ClientError, Request, StatusCode};
use serde_json::json;

use crate::{
    callees::{Callee, Callees, MIN_TOKEN_BYTES},
    scenario::Scenario,
};

/// An outcome of a request.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The expected response, or a description of what came instead.
    pub(crate) response: Result<(), String>,
    /// The time from when a call was due until its ping came, if one had to come.
    pub(crate) ping: Option<Option<Duration>>,
}

/// Sends one request of a scenario. `turn` counts the requests of the scenario, which take callees
/// in turn, so that each of them is called as rarely as possible. Everything else is chosen by
/// `random`.
pub(crate) async fn play(
    scenario: Scenario,
    all: &Callees,
    turn: usize,
    random: &mut Rng,
    due: Instant,
) -> Outcome {
    let callee = &all.callees[turn % all.callees.len()];
    let round = turn / all.callees.len();
    let link = &callee.links[round % callee.links.len()];
    let expired = &all.expired[turn % all.expired.len()];
    let sent = Instant::now();
    let response = send(scenario, all, callee, link, expired, random).await;
    // A failed call need not have rung.
    let has_rung = scenario == Scenario::Call && response.is_ok();
    let ping = has_rung.then(|| all.claim_ping(callee, sent)).flatten();
    let response = response.map_err(|error| error.to_string());
    Outcome { response, ping: ping.map(|ping| ping.map(|ping| ping - due)) }
}

async fn send(
    scenario: Scenario,
    all: &Callees,
    Callee { session, .. }: &Callee,
    link: &str,
    expired: &str,
    random: &mut Rng,
) -> Result<(), ClientError> {
    let send = |request| all.service.send(request);
    match scenario {
        Scenario::Register => {
            send(Request::register(None, &all.new_device().0)).await?.into_session().map(drop)
        }
        Scenario::Make => {
            let valid = Duration::from_secs(random.u64(60..=86_400));
            send(Request::make_link(session, valid)).await?.into_call_token().map(drop)
        }
        Scenario::Open => send(Request::open_page(link))
            .await?
            .into_part("a page", |page| (!page.body.is_empty()).then_some(())),
        Scenario::Call => send(call(link, random))
            .await?
            .into_part("a device notified", |call| (call.json()["notified"] == true).then_some(())),
        Scenario::List => send(Request::pending_calls(session)).await?.into_calls().map(drop),
        Scenario::Junk => send(Request::open_link(&junk(link, random)))
            .await?
            .expect_error(StatusCode::NOT_FOUND, 105),
        Scenario::Expired => {
            let open = random.bool().then(|| Request::open_link(expired));
            let request = open.unwrap_or_else(|| call(expired, random));
            send(request).await?.expect_error(StatusCode::GONE, 111)
        }
    }
}

fn call(link: &str, random: &mut Rng) -> Request {
    let call_type = if random.bool() { "audio" } else { "audio-video" };
    Request::place(link)
        .header("idempotency-key", format!("{:032x}", random.u128(..)))
        .json(&json!({ "call_type": call_type }))
}

/// Makes text that resembles the token of a link.
fn junk(link: &str, random: &mut Rng) -> String {
    let other: String = link.chars().map(|_| random.alphanumeric()).collect();
    // Random text of this length does not equal the text that it replaces by chance.
    let cut = random.usize(MIN_TOKEN_BYTES / 2..link.len());
    match random.u8(0..4) {
        0 => other,
        1 => link[..cut].to_owned(),
        2 => format!("{link}{}", &other[..1]),
        // The signature is that of a link, and the claims are not.
        _ => format!("{}{}", &other[..cut], &link[cut..]),
    }
}
