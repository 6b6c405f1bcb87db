//! Limits of counts that may not grow unnoticed: bytes, instructions, allocations and requests.
//! `budgets.json` has the numbers.

mod limits;
mod measured;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use load::BoxError;

use crate::budgets::limits::{Counts, Excess};

/// The command that turns the measured counts into limits.
const ACCEPT: &str = "cargo run --profile load -p bench -- budgets --accept";

#[derive(Args)]
pub(crate) struct Arguments {
    /// The directory with the binaries of `sam build`, `.aws-sam/build`, to check them as well.
    #[arg(long, value_name = "DIRECTORY")]
    deployed: Option<PathBuf>,
    /// Turns the measured counts into limits.
    #[arg(long)]
    accept: bool,
}

/// Measures all counts, and compares them with their limits, or sets these.
///
/// # Errors
/// Something can't be measured, or exceeds its limit. The error names it, and the way to accept it.
pub(crate) async fn check(arguments: &Arguments) -> Result<(), BoxError> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("budgets.json");
    let mut limits: Counts = serde_json::from_slice(&fs::read(&file)?)?;
    let measured = measured::all(arguments.deployed.as_deref()).await?;
    let excesses = limits.excesses(&measured);
    if arguments.accept {
        limits.accept(&measured);
        fs::write(&file, limits.to_json()?)?;
        println!("budgets: {} limits set in tools/bench/budgets.json", measured.len());
        return Ok(());
    }
    if excesses.is_empty() {
        println!("budgets: {} kept", measured.len());
        return Ok(());
    }
    let lines: Vec<_> = excesses.iter().map(Excess::to_string).collect();
    let deployed = arguments.deployed.as_deref().map(|it| format!(" --deployed {}", it.display()));
    Err(format!(
        "{} of {} budgets are exceeded or missing:\n  {}\nThis writes the limits of all into \
         tools/bench/budgets.json:\n  {ACCEPT}{}\nSay in the commit why it is worth that.",
        excesses.len(),
        measured.len(),
        lines.join("\n  "),
        deployed.unwrap_or_default()
    )
    .into())
}
