//! The local server as what it holds grows: for one callee, and altogether.

mod callee;
mod table;

use std::{path::PathBuf, time::Duration};

use clap::Args;
use tokio::task::block_in_place;

use crate::{Failure, release, report::Section, traffic::PushService};

#[derive(Args)]
pub(crate) struct Arguments {
    /// How often each endpoint is measured in each case.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// For how many milliseconds each time, at most.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    milliseconds: u64,
    /// The sizes of the table that are compared.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000, 1_000_000])]
    items: Vec<usize>,
    /// Where the tables lie meanwhile, instead of in the system's directory for such.
    #[arg(long, value_name = "DIRECTORY")]
    within: Option<PathBuf>,
}

impl Arguments {
    fn limit(&self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }
}

/// Measures all cases.
///
/// # Errors
/// Something can't be built, written or started, or one answer was not right.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, Failure> {
    let local = release::build("local")?;
    let push = PushService::start().await?;
    let tables = table::Tables::fill(arguments, &local, &push).await?;
    block_in_place(|| {
        let of_callee = callee::measure(arguments, &local, &push)?;
        let (of_table, targets) = tables.measure(arguments, &local, &push)?;
        Ok(Section {
            title: "Local server as data grows",
            tables: vec![of_callee, of_table],
            targets,
        })
    })
}
