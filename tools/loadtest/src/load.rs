//! One test from its beginning to its report.

use std::{
    net::SocketAddr,
    sync::{Arc, mpsc},
    time::Duration,
};

use clap::Args;
use jiff::Timestamp;
use loop_core::limits::{RING_DURATION, RING_DURATION_MAX};
use tokio::{
    select,
    sync::Semaphore,
    task::{AbortHandle, spawn, spawn_blocking},
    time::sleep,
};

use crate::{
    Failure,
    callees::{Callees, Need, Waking},
    generator::{Generator, calls},
    output::Output,
    progress,
    push_receiver::PushReceiver,
    quantity::duration,
    recorder::Recorder,
    results::{Mode, Results, Run},
    scenario::Weights,
    schedule::{Arrival, Machine, Plan, Rate},
    service::Service,
    target::Target,
    thresholds::Thresholds,
};

/// How often a page without push asks, in a real browser.
const POLLING_PERIOD: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(crate) struct Load {
    /// The service under load.
    #[arg(long, default_value = "http://localhost:3000")]
    url: String,
    /// The host of `--url`, once more, unless it is this machine.
    #[arg(long, value_name = "HOST")]
    allow_host: Option<String>,
    /// Where the service reaches the push receiver, such as `https://load.example.org/push`. Without
    /// it only a service on this machine does.
    #[arg(long, value_name = "URL")]
    push_url: Option<String>,
    /// Where the push receiver listens; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    push_listen: SocketAddr,
    /// How often each request is made, in proportion to the others.
    #[arg(long, default_value = Weights::USUAL)]
    weights: Weights,
    /// How requests follow each other.
    #[arg(long, value_enum, default_value_t = Arrival::Poisson)]
    arrival: Arrival,
    /// The same requests at the same times; machines that share a rate need the same one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Send every fifth request alone, from the second on: 2/5.
    #[arg(long, value_name = "N/COUNT", default_value = "1/1")]
    machine: Machine,
    /// When the first request is due, so that machines begin together: 2026-11-22T21:00:00Z.
    #[arg(long, value_name = "TIME")]
    begin: Option<Timestamp>,
    /// Who can be called [default: as many as the calls need].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    callees: Option<u32>,
    /// How long calls ring there, in seconds (LOOP_RING_SECONDS).
    #[arg(long, value_name = "SECONDS", default_value_t = RING_DURATION.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=RING_DURATION_MAX.as_secs()))]
    ring_seconds: u64,
    /// How long a request may take, from when it is sent.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    timeout: Duration,
    /// Requests without an answer at the same time. What is due beyond them is not sent, and is an
    /// error.
    #[arg(long, value_name = "COUNT", default_value_t = 800,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_in_flight: u32,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    thresholds: Thresholds,
}

/// What distinguishes the modes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) mode: Mode,
    pub(crate) rate: Rate,
    pub(crate) duration: Duration,
}

/// Ends a task with this value.
struct Background(AbortHandle);

impl Load {
    /// Puts load on the service, writes the report, and says whether all thresholds hold.
    ///
    /// # Errors
    /// It may not be put on that service, or could not be.
    pub(crate) async fn run(self, shape: Shape) -> Result<bool, Failure> {
        let Shape { mode, rate, duration } = shape;
        let seconds = duration.as_secs_f64();
        let plan = Plan { rate, seconds, arrival: self.arrival, seed: self.seed };
        let service =
            Service::new(Target::new(&self.url, self.allow_host.as_deref())?, self.timeout)?;
        let version = service.version().await?;
        let callees = Arc::new(self.prepare(&service, plan).await?);
        self.await_begin().await?;
        let run = Run {
            mode,
            plan,
            weights: self.weights.clone(),
            target: service.target().origin().to_owned(),
            version,
            machines: vec![self.machine],
            started_at: Timestamp::now(),
            interrupted: false,
            callees: callees.callees.len(),
            has_pings: matches!(callees.waking, Waking::Pings(_)),
        };
        let results = self.generate(plan, service, callees, Results::new(run)).await?;
        self.output.write(&results, &self.thresholds.judge(&results))
    }

    async fn prepare(&self, service: &Service, plan: Plan) -> Result<Callees, Failure> {
        let calls = calls(plan.of_machine(self.machine), &self.weights);
        let need = Need::of(calls, Duration::from_secs(self.ring_seconds), self.timeout);
        let given = self.callees.map_or(need.callees, |callees| callees as usize);
        if given < need.callees {
            eprintln!(
                "{given} callees are too few for these calls: with less than {}, the service \
                 refuses some of them (429)",
                need.callees
            );
        }
        let waking = if self.push_url.is_some() || service.target().is_local() {
            let url = self.push_url.as_deref();
            let receiver = PushReceiver::start(self.push_listen, url).await;
            Waking::Pings(receiver.map_err(|error| format!("{}: {error}", self.push_listen))?)
        } else {
            eprintln!(
                "without --push-url the service reaches no push receiver: callees are pages that \
                 poll, calls count as notified, and no ping is sent or measured"
            );
            Waking::Polling
        };
        eprintln!("preparing {given} callees");
        Callees::prepare(service, waking, need.with_callees(given)).await
    }

    async fn await_begin(&self) -> Result<(), Failure> {
        let Some(begin) = self.begin else { return Ok(()) };
        let wait = Duration::try_from(begin.duration_since(Timestamp::now()));
        // Who begins late would not be where the others are in the schedule.
        let wait = wait.map_err(|_| "--begin was over before everything was prepared")?;
        eprintln!("waiting for {} s", wait.as_secs());
        sleep(wait).await;
        Ok(())
    }

    async fn generate(
        &self,
        plan: Plan,
        service: Service,
        callees: Arc<Callees>,
        results: Results,
    ) -> Result<Results, Failure> {
        let recorder = Arc::new(Recorder::new(results));
        let in_flight = Arc::new(Semaphore::new(self.max_in_flight as usize));
        let telling = progress::tell(Arc::clone(&recorder), plan);
        let _telling = Background(spawn(telling).abort_handle());
        let _polling = matches!(callees.waking, Waking::Polling).then(|| {
            let polling = Arc::clone(&callees).keep_polling(service.clone(), POLLING_PERIOD);
            Background(spawn(polling).abort_handle())
        });
        let generator = Generator {
            service,
            callees,
            recorder: Arc::clone(&recorder),
            weights: self.weights.clone(),
            in_flight: Arc::clone(&in_flight),
        };
        let schedule = plan.of_machine(self.machine);
        let (stop, stopped) = mpsc::channel();
        let mut generating = spawn_blocking(move || generator.run(schedule, &stopped));
        let interrupted = select! {
            ended = &mut generating => {
                ended?;
                false
            }
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                eprintln!("ended early");
                drop(stop);
                generating.await?;
                true
            }
        };
        // All permits are back when all answers are there, or given up.
        let _all = in_flight.acquire_many(self.max_in_flight).await?;
        let mut results = recorder.results();
        if interrupted {
            results.interrupt();
        }
        Ok(results)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}
