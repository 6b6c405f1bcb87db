//! Limits to what may not grow unnoticed: bytes, instructions, allocations and requests, each with
//! its number in `budgets.json`.

mod limits;
mod measured;

use load::BoxError;
use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::budgets::limits::{Counts, Excess};

/// The command that makes what was measured the limit.
const ACCEPT: &str = "cargo run --profile load -p bench -- budgets --accept";

#[derive(Args)]
pub(crate) struct Arguments {
    /// Also checks the binaries that `sam build` has put there: `.aws-sam/build`.
    #[arg(long, value_name = "DIRECTORY")]
    deployed: Option<PathBuf>,
    /// Makes what is measured the limit.
    #[arg(long)]
    accept: bool,
}

/// Measures, and compares with the limits, or sets them.
///
/// # Errors
/// Something can't be measured, or exceeds its limit: says which, and what to do about it.
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
