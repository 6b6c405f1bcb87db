//! Makes key rings and VAPID keys, rotates key rings, and explains tokens.
//!
//! Values for other programs go to standard output, one per line; notes for people go to standard
//! error. So `LOOP_TOKEN_KEYS=$(cargo run -p keys -- new)` works.

#![warn(missing_docs)]

mod answer;
mod arguments;
mod environment;
mod inspect;
mod key_ring;
mod vapid;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command, Step};

fn main() -> ExitCode {
    let answer = match Arguments::parse().command {
        Command::New { id } => key_ring::new(id),
        Command::Rotate { step: Step::Add } => key_ring::add(),
        Command::Rotate { step: Step::Sign } => key_ring::sign(),
        Command::Rotate { step: Step::Remove } => key_ring::remove(),
        Command::Derive => key_ring::derive(),
        Command::Inspect { token } => inspect::inspect(&token),
        Command::Vapid => vapid::vapid(),
        Command::VapidPublic => vapid::public(),
    };
    answer::give(answer)
}
