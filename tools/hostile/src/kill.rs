//! Sudden death: the server is killed with load on it, started again on the same data, and searched
//! for everything that it had acknowledged.

mod client;
mod facts;
mod starts;
mod user;

use std::{
    fs, io,
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use fastrand::Rng;
use load::{BoxError, Connection, Latencies, PushReceiver, ServerProcess};
use tokio::runtime::Runtime;

use crate::{
    check::{self, Check},
    kill::{client::Client, facts::Tally, starts::Starts, user::Context},
};

/// The number of clients. They share no user, so each of them knows everything about its users.
const CLIENTS: usize = 4;
/// The shortest and the longest time of load before a kill.
const LOAD: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(300)];

#[derive(Args)]
pub(crate) struct Arguments {
    /// The number of kills.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// The seed of an earlier run, to repeat its requests and times as far as the machine does.
    #[arg(long)]
    seed: Option<u64>,
    /// Removes the database after the last kill, so that a test sees that this is noticed.
    #[arg(long, hide = true)]
    lose_everything: bool,
}

/// Kills the server again and again, and prints the checks.
///
/// # Errors
/// Something could not be measured, or a check failed.
pub(crate) fn measure(arguments: &Arguments, runtime: &Runtime) -> Result<(), BoxError> {
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..1_000_000_000));
    println!("{} kills, seed {seed}", arguments.rounds);
    let directory = tempfile::tempdir()?;
    let mut random = Rng::with_seed(seed);
    let mut starts = Starts::new(directory.path(), random.fork());
    let mut server = starts.first()?;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let connection = Connection::open(server.address())?;
        let push = runtime.block_on(PushReceiver::start())?;
        let (random, unexpected) = (random.fork(), Vec::new());
        clients.push(Client::new(Context { connection, push, random, unexpected }));
    }

    let (mut rounds, [shortest, longest]) = (Latencies::default(), LOAD);
    for _ in 0..arguments.rounds {
        let begin = Instant::now();
        let duration = shortest + (longest - shortest).mul_f64(random.f64());
        load_and_kill(server, &mut clients, duration)?;
        server = starts.again()?;
        inspect(&server, &mut clients, Client::inspect);
        rounds.add(begin.elapsed());
    }
    server.kill()?;
    if arguments.lose_everything {
        for file in ["loop.db", "loop.db-wal", "loop.db-shm"] {
            fs::remove_file(starts.data().join(file))?;
        }
    }
    server = starts.again()?;
    inspect(&server, &mut clients, Client::inspect_all);
    server.kill()?;

    println!("rounds: {rounds}");
    println!("starts: {}", starts.durations);
    let mut checks = checks(clients);
    checks.push(starts.check());
    check::conclude(&checks, &[])
}

fn checks(clients: Vec<Client>) -> Vec<Check> {
    let (mut users, mut unexpected) = (0, Vec::new());
    let [mut registrations, mut revocations, mut calls] = [(); 3].map(|()| Tally::default());
    for client in clients {
        users += client.users.len();
        unexpected.extend(client.context.unexpected);
        for user in client.users {
            registrations = registrations.add(user.devices.tally);
            revocations = revocations.add(user.revocations.tally);
            calls = calls.add(user.calls.tally);
        }
    }
    let registered = format!(
        "{} devices of {users} users and {} removals",
        registrations.done, registrations.undone
    );
    vec![
        registrations.check("registrations", registered),
        revocations.check("revocations", revocations.done.to_string()),
        calls.check("calls", calls.done.to_string()),
        Check::of_faults("answers", "every other one as it should be".to_owned(), &unexpected),
    ]
}

fn load_and_kill(
    server: ServerProcess,
    clients: &mut [Client],
    duration: Duration,
) -> io::Result<()> {
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
