//! Sudden death: the server is killed with load on it, started again on the same data, and asked
//! for everything that it had acknowledged.

mod api;
mod client;
mod findings;
mod inspection;
mod ledger;
mod pings;
mod starts;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use http_load::{Latencies, Random, ServerProcess, new_seed};
use loop_testkit::PushReceiver;
use tokio::runtime::Runtime;

use crate::{
    Failure, check,
    kill::{
        client::{Client, Scope},
        findings::Findings,
        pings::Pings,
        starts::Starts,
    },
};

/// They share no user, so each knows all that its users have done.
const CLIENTS: usize = 4;
/// How long there is load before the kill, in milliseconds.
const LOAD: std::ops::Range<usize> = 20..300;

#[derive(Args)]
pub(crate) struct Arguments {
    /// How often the server is killed.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// Does the same at the same times again, as far as the machine does.
    #[arg(long)]
    seed: Option<u64>,
    /// Where the data lies meanwhile, instead of in the system's directory for such.
    #[arg(long, value_name = "DIRECTORY")]
    within: Option<PathBuf>,
    /// Removes the database after the last kill, to see that this is noticed.
    #[arg(long, hide = true)]
    lose_everything: bool,
}

/// Measures, and prints what was found.
///
/// # Errors
/// Something could not be measured, or was not as it should be.
pub(crate) fn measure(arguments: &Arguments, runtime: &Runtime) -> Result<(), Failure> {
    let seed = arguments.seed.unwrap_or_else(new_seed);
    println!("{} kills, seed {seed}", arguments.rounds);
    let directory = match &arguments.within {
        Some(path) => tempfile::tempdir_in(path)?,
        None => tempfile::tempdir()?,
    };
    let push = runtime.block_on(PushReceiver::start());
    let clients = (0..CLIENTS).map(|number| Client::new(number, seed, push.url("")));
    let mut starts = Starts::new(directory.path(), seed)?;
    let mut story = Story {
        clients: clients.collect(),
        pings: Pings::new(push),
        random: Random::new(seed, CLIENTS as u64),
        findings: Findings::default(),
    };

    let mut server = starts.first()?;
    let mut rounds = Vec::new();
    for _ in 0..arguments.rounds {
        let begin = Instant::now();
        story.load_and_kill(server)?;
        server = starts.again()?;
        story.inspect(&server, Scope::Recent)?;
        rounds.push(begin.elapsed());
    }
    server.kill()?;
    if arguments.lose_everything {
        remove_database(starts.data())?;
    }
    server = starts.again()?;
    story.inspect(&server, Scope::All)?;
    server.kill()?;

    println!("rounds: {}", Latencies::new(rounds));
    println!("starts: {}", starts.summary());
    let mut checks = story.findings.checks(&story.clients);
    checks.push(starts.check());
    check::conclude(&checks)
}

struct Story {
    clients: Vec<Client>,
    pings: Pings,
    random: Random,
    findings: Findings,
}

impl Story {
    fn load_and_kill(&mut self, server: ServerProcess) -> Result<(), Failure> {
        let milliseconds = LOAD.start + self.random.below(LOAD.len());
        let address = server.address();
        let is_killed = &AtomicBool::new(false);
        let faults: Vec<_> = thread::scope(|scope| {
            let running: Vec<_> = self
                .clients
                .iter_mut()
                .map(|client| scope.spawn(move || client.load(address, is_killed)))
                .collect();
            thread::sleep(Duration::from_millis(milliseconds as u64));
            is_killed.store(true, Ordering::SeqCst);
            server.kill()?;
            let ended = running.into_iter().map(|one| one.join().expect("clients don't panic"));
            Ok::<_, Failure>(ended.filter_map(Result::err).collect())
        })?;
        faults.into_iter().for_each(|fault| self.findings.unexpected(fault));
        Ok(())
    }

    fn inspect(&mut self, server: &ServerProcess, scope: Scope) -> Result<(), Failure> {
        let address = server.address();
        self.pings.forget();
        let inspections: Vec<_> = thread::scope(|threads| {
            let running: Vec<_> = self
                .clients
                .iter_mut()
                .map(|client| threads.spawn(move || client.inspect(address, scope)))
                .collect();
            running.into_iter().map(|one| one.join().expect("clients don't panic")).collect()
        });
        let pings = self.pings.since_forgotten();
        for (client, inspection) in self.clients.iter_mut().zip(inspections) {
            let (rung, faults) = inspection?;
            self.findings.add(faults);
            self.findings.add(client.compare(&rung, &pings));
        }
        Ok(())
    }
}

fn remove_database(directory: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("loop.db") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
