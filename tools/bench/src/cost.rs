//! What a million call set-ups cost at list prices.

mod bill;

use clap::Args;

use crate::{
    Failure,
    call_setup::{CallSetups, STEPS, Step},
    cost::bill::{Line, Usage, bill},
    release,
    report::{Cell, Section, Table, Target},
    spread::Spread,
    template::Template,
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

/// Sets up calls with functions that have the memory of `template.yaml`, and makes out the bill.
///
/// # Errors
/// Something can't be built or started, or gives a wrong answer.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, Failure> {
    let template = Template::read()?;
    let mut binaries = Vec::new();
    for function in STEPS {
        binaries.push(release::build(function)?);
    }
    let binaries = binaries.try_into().map_err(|_| "one binary for each step")?;
    let world = World::new().await?;
    let mut call_setups = CallSetups::start(&world, &binaries, Some(&template)).await?;
    // Connections are opened, and everything else is made that is made on first use.
    call_setups.next().await?;
    let mut runs = Vec::new();
    for _ in 0..arguments.runs {
        runs.push(call_setups.next().await?);
    }
    let usage = |function, steps: Vec<&Step>| {
        let wait = |step: &Step| {
            let pings = if function == "place-call" { arguments.push_wait } else { 0.0 };
            step.dynamodb.len() as f64 * arguments.dynamodb_wait + pings
        };
        Usage::of(function, template.memory(function)?, &steps, wait)
    };
    let mut usages = Vec::new();
    for (position, function) in STEPS.into_iter().enumerate() {
        usages.push(usage(function, runs.iter().map(|run| &run.steps[position]).collect())?);
    }
    let as_json = usage("open-call-url", runs.iter().map(|run| &run.opened_as_json).collect())?;
    section(&usages, &as_json)
}

/// `opened_as_json` can stand for opening the page.
fn section(usages: &[Usage], opened_as_json: &Usage) -> Result<Section, Failure> {
    let mut rows: Vec<_> = usages.iter().map(|it| row(it, it.function)).collect();
    rows.push(row(opened_as_json, "open-call-url, as JSON"));
    let columns = vec![
        "function",
        "DynamoDB",
        "write units",
        "read units",
        "MB",
        "ms here",
        "billed ms",
        "log bytes",
        "answer bytes",
    ];
    let steps = Table { caption: "One call set-up.".to_owned(), columns, rows };

    let with_json: Vec<_> = usages
        .iter()
        .map(|usage| if usage.function == opened_as_json.function { opened_as_json } else { usage })
        .cloned()
        .collect();
    let (page, json) = (bill(usages)?, bill(&with_json)?);
    let mut rows: Vec<_> = page
        .iter()
        .zip(&json)
        .map(|(page, json)| {
            let (page_dollars, json_dollars) = (page.dollars, json.dollars);
            vec![
                page.what.into(),
                page.unit.as_str().into(),
                Cell::Number(page_dollars, 2),
                Cell::Number(json_dollars, 2),
            ]
        })
        .collect();
    let total = |lines: &[Line]| lines.iter().map(|line| line.dollars).sum::<f64>();
    let (page, json) = (total(&page), total(&json));
    rows.push(vec!["all".into(), "".into(), Cell::Number(page, 2), Cell::Number(json, 2)]);
    let bill = Table {
        caption: "A million of them, in dollars: with the page, or with JSON alone.".to_owned(),
        columns: vec!["for", "by the", "page", "JSON"],
        rows,
    };

    // The sum of nothing is a negative zero.
    let sum = |of: fn(&Usage) -> f64| usages.iter().map(of).sum::<f64>() + 0.0;
    let target = |what: &str, unit, bound, measured| Target {
        what: format!("one call set-up: {what}"),
        unit,
        bound,
        measured,
    };
    Ok(Section {
        title: "Cost",
        tables: vec![steps, bill],
        targets: vec![
            target("DynamoDB", "requests", 4.0, sum(|it| it.operations.len() as f64)),
            target("DynamoDB", "write units", 2.0, sum(|it| it.write_units)),
            target("DynamoDB", "read units", 2.0, sum(|it| it.read_units)),
            target("a million, with JSON", "dollars", 8.0, json),
            target("a million, with the page", "dollars", 8.0, page),
        ],
    })
}

fn row(usage: &Usage, name: &str) -> Vec<Cell> {
    let operations = match usage.operations.as_slice() {
        [] => "none".to_owned(),
        operations => operations.join(", "),
    };
    vec![
        name.into(),
        Cell::Text(operations),
        Cell::Number(usage.write_units, 1),
        Cell::Number(usage.read_units, 1),
        Cell::Count(usage.memory.into()),
        Cell::Samples(usage.milliseconds, 1),
        Cell::Number(usage.billed_milliseconds, 1),
        Cell::Number(usage.log_bytes, 0),
        Cell::Number(usage.answer_bytes, 0),
    ]
}

/// Of numbers of which there is at least one.
fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = numbers.len() as f64;
    numbers.sum::<f64>() / count
}

fn spread(numbers: impl Iterator<Item = f64>) -> Result<Spread, Failure> {
    Spread::of(numbers).ok_or_else(|| "no call was set up".into())
}
