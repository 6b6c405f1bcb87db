//! Call set-ups through the binaries of five functions: a new callee registers and makes a link, a
//! caller opens it and calls, and the callee lists the call.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use emulator::{LambdaProcess, RuntimeApi};
use load::{BoxError, Session};
use loop_testkit::fixtures;
use serde_json::{Value, json};

use crate::{
    capacity_meter::{CapacityMeter, Consumed},
    release::{self, Binary},
    response,
    template::{self, Function},
    world::{Stack, World},
};

const REGISTER: &str = "POST /registration";
const CREATE: &str = "POST /call-url";
const OPEN: &str = "GET /calls/{token}";
pub(crate) const PLACE: &str = "POST /calls/{token}";
const LIST: &str = "GET /calls";

/// The longest time that a log line takes through its pipe.
const LOG_DEADLINE: Duration = Duration::from_secs(2);

/// A function of a call set-up, as it is deployed and as it is built here.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) route: &'static str,
    pub(crate) function: Function,
    pub(crate) binary: Binary,
}

/// The consumption of one invocation.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    pub(crate) duration: Duration,
    pub(crate) dynamodb: Vec<Consumed>,
    /// The length of the headers and the body of the response.
    pub(crate) response_bytes: usize,
    pub(crate) log_bytes: usize,
}

impl Invocation {
    /// Returns the units of writing to DynamoDB, or of reading from it.
    pub(crate) fn units(&self, is_write: bool) -> f64 {
        let units = self.dynamodb.iter().filter(|it| it.is_write() == is_write);
        // The sum of no numbers is a negative zero.
        units.map(|it| it.units).sum::<f64>() + 0.0
    }
}

/// The invocations of one call set-up, in the order of the steps.
pub(crate) type CallSetup = [Invocation; 5];

/// The processes of the five functions, which share one table.
pub(crate) struct CallSetups<'a> {
    world: &'a World,
    stack: Stack,
    functions: BTreeMap<&'static str, Warm>,
    made: usize,
}

struct Warm {
    name: String,
    process: LambdaProcess,
}

/// Builds the functions, in the order in which they are invoked.
///
/// # Errors
/// A function does not compile, or is not in the template.
pub(crate) fn build() -> Result<Vec<Step>, BoxError> {
    let functions = template::functions()?;
    let step = |route| {
        let function = template::handler(&functions, route)?.clone();
        let binary = release::build(&function.name)?;
        Ok(Step { route, function, binary })
    };
    [REGISTER, CREATE, OPEN, PLACE, LIST].into_iter().map(step).collect()
}

impl<'a> CallSetups<'a> {
    /// Starts the functions.
    ///
    /// # Errors
    /// A function does not start.
    pub(crate) async fn start(world: &'a World, steps: &[Step]) -> Result<Self, BoxError> {
        let stack = world.stack(true).await?;
        let mut functions = BTreeMap::new();
        for Step { route, function, binary } in steps {
            let process = RuntimeApi::start().await.spawn(&binary.path, &stack.settings())?;
            functions.insert(*route, Warm { name: function.name.clone(), process });
        }
        Ok(Self { world, stack, functions, made: 0 })
    }

    /// Sets up one more call, of another callee.
    ///
    /// # Errors
    /// A function fails, or its response is not the expected one.
    pub(crate) async fn next(&mut self) -> Result<CallSetup, BoxError> {
        self.made += 1;
        let push_url = self.world.push_url(&format!("/callee-{}", self.made));
        let mut registration = json(&self.event(REGISTER))?;
        registration["push_subscription"]["endpoint"] = push_url.into();
        let register = |event: &mut Value| {
            event["body"] = registration.to_string().into();
            event["cookies"] = json!([]);
        };
        let (registered, register) = self.invoke(REGISTER, register).await?;
        let set_cookie =
            registered["cookies"][0].as_str().ok_or("a registration gave no session")?;
        let session = Session::from_set_cookie(set_cookie);
        let with_session = |event: &mut Value| event["cookies"] = json!([session.cookie()]);
        let (created, create) = self.invoke(CREATE, with_session).await?;
        let token = json(&created)?["call_token"].take();
        let with_token = |event: &mut Value| event["pathParameters"]["token"] = token.clone();
        let (_, open) = self.invoke(OPEN, with_token).await?;
        let (placed, place) = self.invoke(PLACE, with_token).await?;
        if json(&placed)?["notified"] != true {
            return Err("a call was placed, and no device was notified".into());
        }
        let (listed, list) = self.invoke(LIST, with_session).await?;
        if json(&listed)?["calls"].as_array().is_none_or(|calls| calls.len() != 1) {
            return Err("the callee does not see the call".into());
        }
        Ok([register, create, open, place, list])
    }

    fn event(&self, route: &str) -> Value {
        fixtures::event(&self.functions[route].name)
    }

    async fn invoke(
        &self,
        route: &str,
        change: impl FnOnce(&mut Value),
    ) -> Result<(Value, Invocation), BoxError> {
        let Warm { name, process } = &self.functions[route];
        let mut event = self.event(route);
        change(&mut event);
        let logged = process.output().stdout.len();
        let start = Instant::now();
        let response = process.invoke(event).await.map_err(|error| format!("{name}: {error}"))?;
        let duration = start.elapsed();
        if response["statusCode"] != 200 {
            return Err(format!("{name}: responded with {}", response["statusCode"]).into());
        }
        let output = process.wait_for_output(|it| it.stdout.len() > logged, LOG_DEADLINE).await;
        let output = output.map_err(|_| format!("{name}: left no log line"))?;
        let invocation = Invocation {
            duration,
            dynamodb: self.stack.meter.as_ref().map(CapacityMeter::take).unwrap_or_default(),
            response_bytes: response["headers"].to_string().len() + response::body(&response).len(),
            log_bytes: output.stdout.len() - logged,
        };
        Ok((response, invocation))
    }
}

/// Parses the body of an event or a response.
fn json(of: &Value) -> Result<Value, BoxError> {
    Ok(serde_json::from_str(of["body"].as_str().ok_or("there is no body")?)?)
}
