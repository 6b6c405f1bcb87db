//! What may not grow unnoticed: bytes, instructions, allocations, crates and requests, each with a
//! limit in `budgets.json`.

mod limits;
mod measured;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::{
    Failure,
    budgets::limits::{Excess, Limits},
};

/// How to make what was measured the limit.
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
pub(crate) async fn check(arguments: &Arguments) -> Result<(), Failure> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("budgets.json");
    let mut limits: Limits = serde_json::from_slice(&fs::read(&file)?)?;
    let measured = measured::all(arguments.deployed.as_deref()).await?;
    let excesses = limits.excesses(&measured);
    if arguments.accept {
        limits.accept(&measured);
        fs::write(&file, serde_json::to_string_pretty(&limits)? + "\n")?;
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
        "{} of {} budgets are exceeded:\n  {}\nIf it is worth that: {ACCEPT}{}\nand say why in the \
         commit.",
        excesses.len(),
        measured.len(),
        lines.join("\n  "),
        deployed.unwrap_or_default()
    )
    .into())
}
