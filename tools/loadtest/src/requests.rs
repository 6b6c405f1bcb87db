//! What each scenario sends, and which answer it has to get.

use std::time::{Duration, Instant};

use fastrand::Rng;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{
    callees::{Callee, Callees, MIN_TOKEN_BYTES, wish},
    scenario::Scenario,
    service::{Answer, Request, Service},
};

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The expected answer, or what came instead, in a few words.
    pub(crate) answer: Result<(), String>,
    /// Of a call: how long after it was due the ping came, if one had to come.
    pub(crate) ping: Option<Option<Duration>>,
}

/// One request of a scenario. `turn` counts those of the scenario, which take callees in turn, so
/// that each of them is called as rarely as possible; everything else is up to `random`.
pub(crate) async fn play(
    scenario: Scenario,
    service: &Service,
    callees: &Callees,
    turn: usize,
    random: &mut Rng,
    due: Instant,
) -> Outcome {
    if scenario == Scenario::Call {
        return call(service, callees, turn, random, due).await;
    }
    let request = request(scenario, service, callees, turn, random);
    let answer = request.send().await.and_then(|answer| judge(scenario, &answer));
    Outcome { answer, ping: None }
}

fn request(
    scenario: Scenario,
    service: &Service,
    callees: &Callees,
    turn: usize,
    random: &mut Rng,
) -> Request {
    let (callee, link) = in_turn(callees, turn);
    match scenario {
        Scenario::Register => {
            let (registration, _) = callees.registration();
            service.request(Method::POST, "/registration").body(&registration)
        }
        Scenario::Make => service
            .request(Method::POST, "/call-url")
            .session(&callee.cookie)
            .body(&wish(random.u64(60..=86_400))),
        Scenario::Open => service.page(&format!("/calls/{link}")),
        Scenario::Call => call_request(service, link, random),
        Scenario::List => service.request(Method::GET, "/calls").session(&callee.cookie),
        Scenario::Junk => service.request(Method::GET, &format!("/calls/{}", junk(link, random))),
        Scenario::Expired => {
            let expired = &callees.expired[turn % callees.expired.len()];
            match random.bool() {
                true => service.request(Method::GET, &format!("/calls/{expired}")),
                false => call_request(service, expired, random),
            }
        }
    }
}

async fn call(
    service: &Service,
    callees: &Callees,
    turn: usize,
    random: &mut Rng,
    due: Instant,
) -> Outcome {
    let (callee, link) = in_turn(callees, turn);
    let sent = Instant::now();
    let answer = call_request(service, link, random).send().await;
    let answer = answer.and_then(|answer| judge(Scenario::Call, &answer));
    // A call that failed need not have rung.
    let ping = answer.is_ok().then(|| callees.claim_ping(callee, sent)).flatten();
    Outcome { answer, ping: ping.map(|ping| ping.map(|ping| ping - due)) }
}

fn call_request(service: &Service, link: &str, random: &mut Rng) -> Request {
    let call_type = if random.bool() { "audio" } else { "audio-video" };
    service
        .request(Method::POST, &format!("/calls/{link}"))
        .idempotency_key(&format!("{:032x}", random.u128(..)))
        .body(&json!({ "call_type": call_type }))
}

/// One callee after the other, and when all have had their turn, each with the next link.
fn in_turn(callees: &Callees, turn: usize) -> (&Callee, &str) {
    let callee = &callees.callees[turn % callees.callees.len()];
    let round = turn / callees.callees.len();
    (callee, &callee.links[round % callee.links.len()])
}

/// What looks like a link, more or less.
fn junk(link: &str, random: &mut Rng) -> String {
    let text = |length: usize, random: &mut Rng| -> String {
        (0..length).map(|_| random.alphanumeric()).collect()
    };
    // Random text of this length is not by chance what it takes the place of.
    let cut = random.usize(MIN_TOKEN_BYTES / 2..link.len());
    match random.u8(0..4) {
        0 => text(link.len(), random),
        1 => link[..cut].to_owned(),
        2 => format!("{link}{}", text(1, random)),
        // The signature of the one, the claims of nobody.
        _ => text(cut, random) + &link[cut..],
    }
}

fn judge(scenario: Scenario, answer: &Answer) -> Result<(), String> {
    let (status, errno) = match scenario {
        Scenario::Junk => (StatusCode::NOT_FOUND, Some(105)),
        Scenario::Expired => (StatusCode::GONE, Some(111)),
        _ => (StatusCode::OK, None),
    };
    if answer.status != status {
        return Err(answer.summary());
    }
    let json = answer.json();
    let missing = match scenario {
        Scenario::Register if answer.cookie.is_none() => "a session",
        Scenario::Make if !json["call_token"].is_string() => "a token",
        Scenario::Open if answer.is_empty() => "a page",
        Scenario::Call if json["notified"] != true => "a device notified",
        Scenario::List if !json["calls"].is_array() => "a list",
        Scenario::Junk | Scenario::Expired if json["errno"].as_u64() != errno => "its errno",
        _ => return Ok(()),
    };
    Err(format!("{} without {missing}", answer.summary()))
}
