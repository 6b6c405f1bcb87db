//! The flood. Its schedule does not wait for answers: a request that has to wait for the one before
//! it on its connection is late, and its lateness counts.

use std::{
    io,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use http_load::{Connection, Latencies, Random, request};

use crate::{
    Failure,
    junk::{answers::Answers, tokens::JunkTokens},
};

#[derive(Debug)]
pub(crate) struct Flood<'a> {
    pub(crate) address: SocketAddr,
    /// Whoever has a session may also try to revoke junk.
    pub(crate) cookie: &'a str,
    pub(crate) tokens: &'a JunkTokens,
    /// Per second.
    pub(crate) rate: u32,
    pub(crate) duration: Duration,
    pub(crate) connections: usize,
    pub(crate) seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Flooded {
    /// From when the request was due until its answer was complete.
    pub(crate) latencies: Latencies,
    pub(crate) answers: Answers,
}

impl Flood<'_> {
    /// Sends what is due from `begin` until its time is over; what is due and not sent by then is
    /// never sent.
    pub(crate) fn run(&self, begin: Instant) -> Result<Flooded, Failure> {
        let shares: Vec<_> = thread::scope(|scope| {
            let one = |number| scope.spawn(move || self.run_one(number, begin));
            let running: Vec<_> = (0..self.connections).map(one).collect();
            running.into_iter().map(|one| one.join().expect("flooding does not panic")).collect()
        });
        let (mut latencies, mut answers) = (Vec::new(), Answers::default());
        for share in shares {
            let share = share?;
            latencies.extend(share.0);
            answers.add(share.1);
        }
        Ok(Flooded { latencies: Latencies::new(latencies), answers })
    }

    fn run_one(&self, number: usize, begin: Instant) -> io::Result<(Vec<Duration>, Answers)> {
        let mut connection = Connection::open(self.address)?;
        let mut random = Random::new(self.seed, number as u64);
        let (mut latencies, mut answers) = (Vec::new(), Answers::default());
        for turn in (number..).step_by(self.connections) {
            let due = begin + Duration::from_secs_f64(turn as f64 / f64::from(self.rate));
            let (method, junk) = self.request(&mut random);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if begin.elapsed() >= self.duration {
                break;
            }
            let answer = connection.exchange(&junk)?;
            latencies.push(due.elapsed());
            answers.take(method, &answer);
        }
        Ok((latencies, answers))
    }

    fn request(&self, random: &mut Random) -> (&'static str, Vec<u8>) {
        let token = self.tokens.next(random);
        let (method, path, cookie) = match random.below(20) {
            0 => ("POST", "/calls/", None),
            1 => ("DELETE", "/call-url/", Some(self.cookie)),
            _ => ("GET", "/calls/", None),
        };
        (method, request(method, &format!("{path}{token}"), cookie, None))
    }
}
