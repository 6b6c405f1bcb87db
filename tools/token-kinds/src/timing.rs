//! How long it takes.

use std::{hint::black_box, time::Duration, time::Instant};

use loop_core::CallUrlClaims;
use serde::Serialize;

use crate::{Failure, kind::TokenKind};

/// A sample is the mean of one batch: long enough that looking at the clock plays no part, short
/// enough that most batches run without an interruption.
const BATCH: Duration = Duration::from_millis(5);
/// An odd number, so that one of them is the median.
const BATCHES: usize = 101;
/// How long it runs before anything counts: clock rates rise, and caches fill.
const WARM_UP: Duration = Duration::from_millis(200);

/// What was found of one kind.
#[derive(Serialize)]
pub(crate) struct Timing {
    /// Of a token; all of its characters are ASCII.
    characters: usize,
    /// Nanoseconds for one, in as many samples as there are batches.
    make_ns: Vec<f64>,
    verify_ns: Vec<f64>,
}

impl Timing {
    pub(crate) fn of<K: TokenKind>(kind: &K, claims: &CallUrlClaims) -> Result<Self, Failure> {
        let token = kind.make(claims)?;
        let text = K::text(&token);
        Ok(Self {
            characters: text.len(),
            make_ns: samples(|| kind.make(black_box(claims)))?,
            verify_ns: samples(|| kind.verify(black_box(text)))?,
        })
    }
}

fn samples<T>(operation: impl Fn() -> Result<T, Failure>) -> Result<Vec<f64>, Failure> {
    let mut count: u32 = 0;
    let start = Instant::now();
    while start.elapsed() < WARM_UP {
        black_box(operation()?);
        count += 1;
    }
    let count = (f64::from(count) * BATCH.as_secs_f64() / WARM_UP.as_secs_f64()).ceil();
    let mut samples = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        let start = Instant::now();
        for _ in 0..count as u32 {
            black_box(operation()?);
        }
        samples.push(start.elapsed().as_secs_f64() * 1e9 / count);
    }
    Ok(samples)
}
