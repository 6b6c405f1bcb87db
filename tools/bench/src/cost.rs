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
    call_setup::{self, CallSetups, Invocation, OPEN, PLACE},
    report::{Cell, Row, Section, Table, Target},
    world::World,
};

#[derive(Args)]
pub(crate) struct Arguments {
    /// How many calls are set up.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
    /// What a request to DynamoDB waits for the network and its servers, in milliseconds: here it
    /// is in the same machine.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 4.0)]
    dynamodb_wait: f64,
    /// What a ping waits for the push service.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 100.0)]
    push_wait: f64,
}

/// Sets up calls, and makes out the bill for functions with the memory of `template.yaml`. Here
/// they have a whole CPU: one invocation takes less than its share of one of Lambda's periods.
///
/// # Errors
/// Something can't be built or started, or its response is wrong.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, BoxError> {
    let steps = call_setup::build()?;
    let world = World::new().await?;
    let mut call_setups = CallSetups::start(&world, &steps).await?;
    // Connections are opened, and everything else is made that is made on first use.
    call_setups.next().await?;
    let mut runs = Vec::new();
    for _ in 0..arguments.runs {
        runs.push(call_setups.next().await?);
    }
    let opening = steps.iter().position(|step| step.route == OPEN).ok_or("no link is opened")?;
    let mut usages = Vec::new();
    for (position, step) in steps.iter().chain([&steps[opening]]).enumerate() {
        let wait = |it: &Invocation| {
            let ping = if step.route == PLACE { arguments.push_wait } else { 0.0 };
            it.dynamodb.len() as f64 * arguments.dynamodb_wait + ping
        };
        let invocations: Vec<_> = runs.iter().map(|run| &run[position]).collect();
        usages.push(Usage::of(&step.function, &invocations, wait)?);
    }
    let mut table = Table::new("One call set-up.");
    table.rows.extend(usages.iter().map(row));
    let as_json = usages.pop().ok_or("no link is opened")?;
    table.rows[steps.len()][0].1 = Cell::Text(format!("{}, as JSON", as_json.function));
    let (with_page, mut with_json) = (usages.clone(), usages);
    with_json[opening] = as_json;
    let (bill, targets) = compare(&with_page, &with_json)?;
    Ok(Section { title: "Cost", tables: vec![table, bill], targets })
}

fn row(usage: &Usage) -> Row {
    let operations = match usage.operations.as_slice() {
        [] => "none".to_owned(),
        operations => operations.join(", "),
    };
    vec![
        ("function", usage.function.as_str().into()),
        ("DynamoDB", Cell::Text(operations)),
        ("write units", Cell::Number(usage.write_units, 1)),
        ("read units", Cell::Number(usage.read_units, 1)),
        ("MB", Cell::Count(usage.memory.into())),
        ("ms here", Cell::Samples(usage.milliseconds, 1)),
        ("billed ms", Cell::Number(usage.billed_milliseconds, 1)),
        ("log bytes", Cell::Number(usage.log_bytes, 0)),
        ("response bytes", Cell::Number(usage.response_bytes, 0)),
    ]
}

/// Makes out the bills of call set-ups with the page and with JSON alone.
fn compare(with_page: &[Usage], with_json: &[Usage]) -> Result<(Table, Vec<Target>), BoxError> {
    let (page, json) = (bill(with_page)?, bill(with_json)?);
    let mut table = Table::new("A million of them, in dollars: with the page, or with JSON alone.");
    let row = |what: &str, unit: &str, page, json| {
        let (page, json) = (Cell::Number(page, 2), Cell::Number(json, 2));
        vec![("for", what.into()), ("by the", unit.into()), ("page", page), ("JSON", json)]
    };
    for (Line { what, unit, dollars }, json) in page.iter().zip(&json) {
        table.rows.push(row(what, unit, *dollars, json.dollars));
    }
    let [page, json] = [page, json].map(|lines| sum(&lines, |line| line.dollars));
    table.rows.push(row("all", "", page, json));

    let target = |what: &str, bound, unit, measured| {
        Target::new(format!("one call set-up: {what}"), bound, unit, measured)
    };
    let requests = sum(with_page, |it| it.operations.len() as f64);
    let targets = vec![
        target("DynamoDB", 4.0, "requests", requests),
        target("DynamoDB", 2.0, "write units", sum(with_page, |it| it.write_units)),
        target("DynamoDB", 2.0, "read units", sum(with_page, |it| it.read_units)),
        target("a million, with JSON", 8.0, "dollars", json),
        target("a million, with the page", 8.0, "dollars", page),
    ];
    Ok((table, targets))
}
