//! Sudden death: the server is killed with load on it, started again on the same data, and asked
//! for everything that it had acknowledged.

mod client;
mod findings;
mod ledger;
mod starts;
mod user;

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use fastrand::Rng;
use load::{BoxError, Latencies, PushReceiver, ServerProcess};
use tokio::runtime::Runtime;

use crate::{
    check,
    kill::{client::Client, findings::Findings, starts::Starts},
};

/// The number of clients. They share no user, so each knows all that its users have done.
const CLIENTS: usize = 4;
/// The shortest and the longest time for which there is load before the kill.
const LOAD: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(300)];

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
pub(crate) fn measure(arguments: &Arguments, runtime: &Runtime) -> Result<(), BoxError> {
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..1_000_000_000));
    println!("{} kills, seed {seed}", arguments.rounds);
    let directory = match &arguments.within {
        Some(path) => tempfile::tempdir_in(path)?,
        None => tempfile::tempdir()?,
    };
    let mut random = Rng::with_seed(seed);
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let push = runtime.block_on(PushReceiver::start())?;
        clients.push(Client::new(push, random.fork()));
    }
    let mut starts = Starts::new(directory.path(), random.fork());

    let mut server = starts.first()?;
    let mut rounds = Latencies::default();
    for _ in 0..arguments.rounds {
        let begin = Instant::now();
        load_and_kill(server, &mut clients, &mut random)?;
        server = starts.again()?;
        inspect(&server, &mut clients, Client::inspect);
        rounds.add(begin.elapsed());
    }
    server.kill()?;
    if arguments.lose_everything {
        remove_database(&starts.data())?;
    }
    server = starts.again()?;
    inspect(&server, &mut clients, Client::inspect_all);
    server.kill()?;

    println!("rounds: {rounds}");
    println!("starts: {}", starts.durations());
    let findings =
        clients.into_iter().map(Client::findings).fold(Findings::default(), Findings::add);
    let mut checks = findings.checks();
    checks.push(starts.check());
    check::conclude(&checks, &[])
}

fn load_and_kill(
    server: ServerProcess,
    clients: &mut [Client],
    random: &mut Rng,
) -> io::Result<()> {
    let [shortest, longest] = LOAD;
    let duration = shortest + (longest - shortest).mul_f64(random.f64());
    let address = server.address();
    let is_killed = &AtomicBool::new(false);
    thread::scope(|scope| {
        for client in clients {
            scope.spawn(move || client.load(address, is_killed));
        }
        thread::sleep(duration);
        is_killed.store(true, Ordering::SeqCst);
        server.kill()
    })
}

fn inspect(server: &ServerProcess, clients: &mut [Client], inspect: fn(&mut Client, SocketAddr)) {
    let address = server.address();
    thread::scope(|scope| {
        for client in clients {
            scope.spawn(move || inspect(client, address));
        }
    });
}

fn remove_database(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("loop.db") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
