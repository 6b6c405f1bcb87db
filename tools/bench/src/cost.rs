//! The cost of a million call set-ups at list prices.

mod bill;
mod usage;

use clap::Args;
use load::BoxError;

use self::{
    bill::{Line, bill},
    usage::{Usage, sum},
};
use crate::{
    call_setup::{self, CallSetups, Invocation, PLACE},
    report::{Row, Section, Table, Target},
    world::World,
};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The number of calls that are set up.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
    /// The time that a request waits for the network and for DynamoDB, which is in the same machine
    /// here.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 4.0)]
    dynamodb_wait: f64,
    /// The time that a ping waits for the push service.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 100.0)]
    push_wait: f64,
}

/// Sets up calls, and computes the bill for functions with the memory of `template.yaml`. They have
/// a whole CPU here: one invocation takes less than its share of one of Lambda's periods.
///
/// # Errors
/// Something can't be built or started, or its response is wrong.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, BoxError> {
    let steps = call_setup::build()?;
    let world = World::new().await?;
    let mut call_setups = CallSetups::start(&world, &steps).await?;
    // The first set-up does not count: it opens connections, and makes what is made on first use.
    call_setups.next().await?;
    let mut runs = Vec::new();
    for _ in 0..arguments.runs {
        runs.push(call_setups.next().await?);
    }
    let mut usages = Vec::new();
    for (position, step) in steps.iter().enumerate() {
        let wait = |it: &Invocation| {
            let ping = if step.route == PLACE { arguments.push_wait } else { 0.0 };
            it.dynamodb.len() as f64 * arguments.dynamodb_wait + ping
        };
        let invocations: Vec<_> = runs.iter().map(|run| &run[position]).collect();
        usages.push(Usage::of(&step.function, &invocations, wait)?);
    }
    let bill = bill(&usages)?;
    let consumption =
        Table { caption: "One call set-up.", rows: usages.iter().map(row_of_usage).collect() };
    let targets = targets(&usages, &bill);
    Ok(Section { title: "Cost", tables: vec![consumption, table_of_bill(bill)], targets })
}

fn row_of_usage(usage: &Usage) -> Row {
    let operations = match usage.operations.as_slice() {
        [] => "none".to_owned(),
        operations => operations.join(", "),
    };
    vec![
        ("function", usage.function.clone()),
        ("DynamoDB", operations),
        ("write units", format!("{:.1}", usage.write_units)),
        ("read units", format!("{:.1}", usage.read_units)),
        ("MB", usage.memory.to_string()),
        ("ms here", usage.milliseconds.to_text(1)),
        ("billed ms", format!("{:.1}", usage.billed_milliseconds)),
        ("log bytes", format!("{:.0}", usage.log_bytes)),
        ("response bytes", format!("{:.0}", usage.response_bytes)),
    ]
}

fn table_of_bill(bill: Vec<Line>) -> Table {
    let row = |what: &str, unit, dollars| {
        vec![("for", what.to_owned()), ("by the", unit), ("dollars", format!("{dollars:.2}"))]
    };
    let all = sum(&bill, |line| line.dollars);
    let mut rows: Vec<_> =
        bill.into_iter().map(|Line { what, unit, dollars }| row(what, unit, dollars)).collect();
    rows.push(row("all", String::new(), all));
    Table { caption: "A million of them, in dollars.", rows }
}

fn targets(usages: &[Usage], bill: &[Line]) -> Vec<Target> {
    let requests = sum(usages, |it| it.operations.len() as f64);
    let targets = [
        ("one call set-up: DynamoDB", 4.0, "requests", requests),
        ("one call set-up: DynamoDB", 2.0, "write units", sum(usages, |it| it.write_units)),
        ("one call set-up: DynamoDB", 2.0, "read units", sum(usages, |it| it.read_units)),
        ("a million call set-ups", 8.0, "dollars", sum(bill, |line| line.dollars)),
    ];
    let target = |(what, bound, unit, measured): (&str, _, _, _)| Target {
        what: what.to_owned(),
        bound,
        unit,
        measured,
    };
    targets.map(target).into()
}
