//! What a million call set-ups cost at list prices.

mod bill;

use clap::Args;

use crate::{
    Failure,
    call_setup::{CallSetups, STEPS, Step},
    cost::bill::{Usage, bill},
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
    let world = World::new(release::build("register")?).await?;
    let mut call_setups = CallSetups::start(&world, &binaries, Some(&template)).await?;
    // Connections are opened, and everything else is made that is made on first use.
    call_setups.next().await?;
    let mut runs = Vec::new();
    for _ in 0..arguments.runs {
        runs.push(call_setups.next().await?);
    }
    let mut usages = Vec::new();
    for (position, function) in STEPS.into_iter().enumerate() {
        let steps: Vec<_> = runs.iter().map(|steps| &steps[position]).collect();
        let wait = |step: &Step| {
            let pings = if function == "place-call" { arguments.push_wait } else { 0.0 };
            step.dynamodb.len() as f64 * arguments.dynamodb_wait + pings
        };
        usages.push(Usage::of(function, template.memory(function)?, &steps, wait)?);
    }
    section(&usages)
}

fn section(usages: &[Usage]) -> Result<Section, Failure> {
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
    let steps = Table {
        caption: "One call set-up.".to_owned(),
        columns,
        rows: usages.iter().map(row).collect(),
    };
    let lines = bill(usages)?;
    let total: f64 = lines.iter().map(|line| line.dollars).sum();
    let mut rows: Vec<_> = lines
        .iter()
        .map(|line| {
            let quantity = Cell::Number(line.quantity, 4);
            vec![
                line.what.into(),
                quantity,
                line.unit.as_str().into(),
                Cell::Number(line.dollars, 2),
            ]
        })
        .collect();
    rows.push(vec!["all".into(), "".into(), "".into(), Cell::Number(total, 2)]);
    let bill = Table {
        caption: "A million of them.".to_owned(),
        columns: vec!["for", "in one set-up", "of", "dollars"],
        rows,
    };
    let sum = |of: fn(&Usage) -> f64| usages.iter().map(of).sum();
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
            target("a million", "dollars", 8.0, total),
        ],
    })
}

fn row(usage: &Usage) -> Vec<Cell> {
    let operations = match usage.operations.as_slice() {
        [] => "none".to_owned(),
        operations => operations.join(", "),
    };
    vec![
        usage.function.into(),
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
