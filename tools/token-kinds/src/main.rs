//! Our call token beside other kinds of tokens: each says the same, and each is made and verified
//! as its library is meant to be used. `tools/bench` builds and runs this; by itself it measures
//! time alone.

#![warn(missing_docs)]

mod claims;
mod kind;
mod timing;

use std::{error::Error, hint::black_box, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use loop_core::CallUrlClaims;

use crate::{
    kind::{Biscuit, JsonWebToken, OurToken, Paseto, TokenKind},
    timing::Timing,
};

/// Why a token could not be made, or is not accepted.
type Failure = Box<dyn Error + Send + Sync>;

/// Makes and verifies tokens of one kind.
#[derive(Parser)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Subcommand)]
enum Command {
    /// Prints, as JSON, how many characters a token has, and how many nanoseconds making and
    /// verifying one takes, in many samples.
    Time { kind: KindName },
    /// Does one thing so many times: for programs that count what happens meanwhile. Verifying
    /// makes one token first, whatever the number.
    Repeat { kind: KindName, operation: Operation, count: u32 },
}

#[derive(Clone, Copy, ValueEnum)]
enum KindName {
    /// Ours.
    Loop,
    /// JSON Web Token, HS256.
    Jwt,
    /// PASETO, v4.local.
    Paseto,
    /// Biscuit, with a root key for Ed25519.
    Biscuit,
}

#[derive(Clone, Copy, ValueEnum)]
enum Operation {
    Make,
    Verify,
}

fn main() -> ExitCode {
    match run(CommandLine::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("token-kinds: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    let (Command::Time { kind } | Command::Repeat { kind, .. }) = command;
    match kind {
        KindName::Loop => run_with(&OurToken::new()?, command),
        KindName::Jwt => run_with(&JsonWebToken::new(), command),
        KindName::Paseto => run_with(&Paseto::new()?, command),
        KindName::Biscuit => run_with(&Biscuit::new()?, command),
    }
}

fn run_with<K: TokenKind>(kind: &K, command: Command) -> Result<(), Failure> {
    let claims = claims::of_bob()?;
    match command {
        Command::Time { .. } => {
            println!("{}", serde_json::to_string(&Timing::of(kind, &claims)?)?);
            Ok(())
        }
        Command::Repeat { operation, count, .. } => repeat(kind, operation, count, &claims),
    }
}

fn repeat<K: TokenKind>(
    kind: &K,
    operation: Operation,
    count: u32,
    claims: &CallUrlClaims,
) -> Result<(), Failure> {
    let token = kind.make(claims)?;
    for _ in 0..count {
        match operation {
            Operation::Make => {
                black_box(kind.make(black_box(claims))?);
            }
            Operation::Verify => {
                black_box(kind.verify(black_box(K::text(&token)))?);
            }
        }
    }
    Ok(())
}
