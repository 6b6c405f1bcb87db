//! One call set-up, from a new callee to the callee's answer, through the binaries of the five
//! functions that it takes, and what each of them consumes.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    time::{Duration, Instant},
};

use emulator::{LambdaProcess, RuntimeApi};
use serde_json::{Value, json};

use crate::{
    Failure, answer,
    capacity::{CapacityMeter, Consumed},
    cpu_share::CpuShare,
    events::event,
    release::Binary,
    template::Template,
    world::{Surroundings, World},
};

/// In the order in which they are asked.
pub(crate) const STEPS: [&str; 5] =
    ["register", "create-call-url", "open-call-url", "place-call", "list-calls"];

/// A log line comes through a pipe, after the answer.
const LOG_DEADLINE: Duration = Duration::from_secs(2);

/// What one function has consumed for one call set-up.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) duration: Duration,
    pub(crate) dynamodb: Vec<Consumed>,
    /// Headers and body of the answer.
    pub(crate) answer_bytes: usize,
    pub(crate) log_bytes: usize,
}

/// What all functions have consumed for one call set-up.
#[derive(Clone, Debug)]
pub(crate) struct CallSetup {
    /// Of each of [`STEPS`]. The link is opened as a page.
    pub(crate) steps: [Step; 5],
    /// What opening the link as JSON takes instead.
    pub(crate) opened_as_json: Step,
}

/// The five functions, running, with one table.
pub(crate) struct CallSetups<'a> {
    world: &'a World,
    functions: Vec<Warm>,
    meter: CapacityMeter,
    made: usize,
    // The functions run in these, and the table is in that.
    _shares: BTreeMap<u16, CpuShare>,
    _surroundings: Surroundings<'a>,
}

struct Warm {
    name: &'static str,
    process: LambdaProcess,
}

impl<'a> CallSetups<'a> {
    /// Starts the functions: with the share of a CPU that they have in `template.yaml`, or with a
    /// whole one.
    pub(crate) async fn start(
        world: &'a World,
        binaries: &[Binary; 5],
        template: Option<&Template>,
    ) -> Result<Self, Failure> {
        let (surroundings, meter) = world.metered_surroundings().await?;
        let mut functions = Vec::new();
        let mut shares = BTreeMap::new();
        for (name, binary) in STEPS.into_iter().zip(binaries) {
            let api = RuntimeApi::start().await;
            let settings = surroundings.settings();
            let spawn = || api.spawn(&binary.path, &settings);
            let process = match template {
                None => spawn()?,
                Some(template) => {
                    let memory = template.memory(name)?;
                    // One for all of a size: they work in turn.
                    let share = match shares.entry(memory) {
                        Entry::Occupied(share) => share.into_mut(),
                        Entry::Vacant(place) => place.insert(CpuShare::of_memory(memory)?),
                    };
                    share.within(spawn)?
                }
            };
            functions.push(Warm { name, process });
        }
        Ok(Self { world, functions, meter, made: 0, _shares: shares, _surroundings: surroundings })
    }

    /// Sets up one more call, of another callee.
    ///
    /// # Errors
    /// A function's answer is not the right one.
    pub(crate) async fn next(&mut self) -> Result<CallSetup, Failure> {
        self.made += 1;
        let push_url = self.world.push_url(&format!("/callee-{}", self.made));

        let (registered, register) = self.invoke(0, registration(&push_url)?).await?;
        let cookie = registered["cookies"][0].as_str().and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.ok_or("a registration gave no session")?.to_owned();
        let with_cookie = |function| {
            let mut event = event(function)?;
            event["cookies"] = json!([cookie]);
            Ok::<_, Failure>(event)
        };
        let (made, create) = self.invoke(1, with_cookie("create-call-url")?).await?;
        let token = body(&made)?["call_token"].as_str().ok_or("a link has no token")?.to_owned();
        let with_token = |function| {
            let mut event = event(function)?;
            event["pathParameters"]["token"] = token.as_str().into();
            Ok::<_, Failure>(event)
        };
        let mut open = with_token("open-call-url")?;
        let (_, opened) = self.invoke(2, open.clone()).await?;
        open["headers"]["accept"] = "application/json".into();
        let (_, opened_as_json) = self.invoke(2, open).await?;
        let (placed, place) = self.invoke(3, with_token("place-call")?).await?;
        if body(&placed)?["notified"] != true {
            return Err("a call was placed and nobody was woken".into());
        }
        let (listed, list) = self.invoke(4, with_cookie("list-calls")?).await?;
        if body(&listed)?["calls"].as_array().is_none_or(|calls| calls.len() != 1) {
            return Err("the callee does not see the call".into());
        }
        Ok(CallSetup { steps: [register, create, opened, place, list], opened_as_json })
    }

    async fn invoke(&self, position: usize, event: Value) -> Result<(Value, Step), Failure> {
        let Warm { name, process } = &self.functions[position];
        let logged = process.output().stdout.len();
        let start = Instant::now();
        let answer = process.invoke(event).await.map_err(|error| format!("{name}: {error}"))?;
        let duration = start.elapsed();
        if answer["statusCode"] != 200 {
            return Err(format!("{name}: answered {}", answer["statusCode"]).into());
        }
        let output = process.wait_for_output(|it| it.stdout.len() > logged, LOG_DEADLINE).await;
        let output = output.map_err(|_| format!("{name}: left no log line"))?;
        let step = Step {
            duration,
            dynamodb: self.meter.take(),
            answer_bytes: answer["headers"].to_string().len() + answer::body(&answer).len(),
            log_bytes: output.stdout.len() - logged,
        };
        Ok((answer, step))
    }
}

/// Of somebody who is not known yet.
fn registration(push_url: &str) -> Result<Value, Failure> {
    let mut event = event("register")?;
    let mut body = body(&event)?;
    body["push_subscription"]["endpoint"] = push_url.into();
    event["body"] = body.to_string().into();
    if let Some(event) = event.as_object_mut() {
        event.remove("cookies");
    }
    Ok(event)
}

fn body(of: &Value) -> Result<Value, Failure> {
    Ok(serde_json::from_str(of["body"].as_str().ok_or("there is no body")?)?)
}
