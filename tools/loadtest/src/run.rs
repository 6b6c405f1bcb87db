//! One test from its beginning to its report.

use std::{
    net::SocketAddr,
    sync::{Arc, mpsc},
    time::Duration,
};

use clap::Args;
use jiff::Timestamp;
use load::{
    Arrival, BoxError, MemoryWatch, Method, Part, Plan, Process, PushReceiver, Rate, Request,
    Service,
};
use loop_core::limits::{RING_DURATION, RING_DURATION_MAX};
use tokio::{
    select,
    signal::ctrl_c,
    sync::Semaphore,
    task::{JoinSet, spawn_blocking},
    time::sleep,
};

use crate::{
    callees::{Callees, needed},
    generator::{Generator, calls},
    quantity::duration,
    recorder::Recorder,
    report::Output,
    results::{Mode, Results, Run},
    scenario::Weights,
    target::Target,
    thresholds::{LOOKS, Thresholds},
};

/// The time after which a page without push registers again.
const POLLING_PERIOD: Duration = Duration::from_secs(60);

/// The load, its target, and the thresholds for the target.
#[derive(Args)]
pub(crate) struct Load {
    /// The service under load.
    #[arg(long, default_value = "http://localhost:3000")]
    url: String,
    /// The host of `--url`, once more, unless it is this machine.
    #[arg(long, value_name = "HOST")]
    allow_host: Option<String>,
    /// The URL at which the service reaches the push receiver, such as
    /// `https://load.example.org/push`. Without it only a service on this machine reaches it.
    #[arg(long, value_name = "URL")]
    push_url: Option<String>,
    /// The address at which the push receiver listens; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    push_listen: SocketAddr,
    /// The proportions of the requests.
    #[arg(long, default_value = Weights::USUAL)]
    weights: Weights,
    /// The distances between requests.
    #[arg(long, value_enum, default_value_t = Arrival::Poisson)]
    arrival: Arrival,
    /// The seed of requests and their times; machines that share a rate need the same one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The part of this machine: 2/5 sends every fifth request alone, from the second on.
    #[arg(long, value_name = "N/COUNT", default_value = "1/1")]
    machine: Part,
    /// The moment of the first request, so that machines begin together: 2026-11-22T21:00:00Z.
    #[arg(long, value_name = "TIME")]
    begin: Option<Timestamp>,
    /// The number of callees [default: as many as the calls need].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    callees: Option<u32>,
    /// The time that calls ring there, in seconds (LOOP_RING_SECONDS).
    #[arg(long, value_name = "SECONDS", default_value_t = RING_DURATION.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=RING_DURATION_MAX.as_secs()))]
    ring_seconds: u64,
    /// The longest time that a request may take, from when it is sent.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    timeout: Duration,
    /// The most requests without a response at the same time. A request beyond them is not sent,
    /// and is an error.
    #[arg(long, value_name = "COUNT", default_value_t = 800,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_in_flight: u32,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    thresholds: Thresholds,
}

impl Load {
    /// Puts load on the service, watches a process meanwhile, writes the report, and returns true
    /// if all thresholds hold. Fails, if the service may not or could not be put under load.
    pub(crate) async fn run(
        self,
        mode: Mode,
        rate: Rate,
        duration: Duration,
        watched: Option<Process>,
    ) -> Result<bool, BoxError> {
        let plan = Plan { rate, duration, arrival: self.arrival, seed: self.seed };
        let target = Target::new(&self.url, self.allow_host.as_deref())?;
        let service = Service::new(&target.url, self.timeout)?;
        let version = version(&service, &target).await?;
        watched.map(Process::resident).transpose()?;
        let callees = Arc::new(self.prepare(service, &target, plan).await?);
        self.await_begin().await?;
        let run = Run {
            mode,
            plan,
            weights: self.weights.clone(),
            target: target.url,
            version,
            machines: vec![self.machine],
            started_at: Timestamp::now(),
            interrupted: false,
            callees: callees.callees.len(),
            has_pings: callees.receiver.is_some(),
        };
        let watch = watched.map(|process| MemoryWatch::start(process, duration / LOOKS));
        let cpu = || watched.and_then(|process| process.cpu().ok());
        let cpu_before = cpu();
        let mut results = self.generate(plan, callees, Results::new(run)).await?;
        if let (Some(before), Some(after)) = (cpu_before, cpu()) {
            let milliseconds = (after - before).as_secs_f64() * 1e3 / results.total().due as f64;
            println!("CPU of the watched process: {milliseconds:.3} ms for each request");
        }
        // If the process has ended, its threshold does not hold.
        results.memory = watch.map(|watch| watch.stop().unwrap_or_default());
        self.output.write(&results, &self.thresholds.judge(&results))
    }

    async fn prepare(
        &self,
        service: Service,
        target: &Target,
        plan: Plan,
    ) -> Result<Callees, BoxError> {
        let calls = calls(plan.part(self.machine), &self.weights);
        let needed = needed(calls, Duration::from_secs(self.ring_seconds), self.timeout);
        let given = self.callees.map_or(needed, |callees| callees as usize);
        if given < needed {
            eprintln!(
                "{given} callees are too few for these calls: with less than {needed}, the service \
                 refuses some of them (429)"
            );
        }
        let receiver = if self.push_url.is_some() || target.is_local {
            let receiver = PushReceiver::start_at(self.push_listen, self.push_url.as_deref()).await;
            Some(receiver.map_err(|error| format!("{}: {error}", self.push_listen))?)
        } else {
            eprintln!(
                "without --push-url the service reaches no push receiver: callees are pages that \
                 poll, calls count as notified, and no ping is sent or measured"
            );
            None
        };
        eprintln!("preparing {given} callees");
        Callees::prepare(service, receiver, given).await
    }

    async fn await_begin(&self) -> Result<(), BoxError> {
        let Some(begin) = self.begin else { return Ok(()) };
        let wait = Duration::try_from(begin.duration_since(Timestamp::now()));
        // A machine that begins late would lag behind the others in the schedule.
        let wait = wait.map_err(|_| "--begin was over before everything was prepared")?;
        eprintln!("waiting for {} s", wait.as_secs());
        sleep(wait).await;
        Ok(())
    }

    async fn generate(
        &self,
        plan: Plan,
        callees: Arc<Callees>,
        results: Results,
    ) -> Result<Results, BoxError> {
        // Dropping the set ends the polling.
        let mut polling = JoinSet::new();
        if callees.receiver.is_none() {
            polling.spawn(Arc::clone(&callees).keep_polling(POLLING_PERIOD));
        }
        let (events, to_record) = mpsc::channel();
        let recording = spawn_blocking(move || Recorder::new(results).run(&to_record));
        let generator = Generator {
            callees,
            weights: self.weights.clone(),
            in_flight: Arc::new(Semaphore::new(self.max_in_flight as usize)),
            events,
        };
        let schedule = plan.part(self.machine);
        let (stop, stopped) = mpsc::channel();
        let mut generating = spawn_blocking(move || generator.run(schedule, &stopped));
        select! {
            ended = &mut generating => {
                ended?;
                Ok(recording.await?)
            }
            interrupted = ctrl_c() => {
                interrupted?;
                eprintln!("ended early");
                drop(stop);
                generating.await?;
                Ok(recording.await?.interrupted())
            }
        }
    }
}

/// Returns the service's version, if it is Loop.
async fn version(service: &Service, target: &Target) -> Result<String, BoxError> {
    let url = &target.url;
    let response = service.send(Request::new(Method::GET, "/")).await;
    let description = response.map_err(|error| format!("{url} can't be reached: {error}"))?.json();
    match (description["name"].as_str(), description["version"].as_str()) {
        (Some("loop"), version) => Ok(version.unwrap_or("unknown").to_owned()),
        _ => Err(format!("{url} answers, but is not Loop").into()),
    }
}
