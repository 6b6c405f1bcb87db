//! What was used, times its price.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    Failure,
    call_setup::Step,
    cost::{mean, spread},
    spread::Spread,
};

/// List prices, where and when they were looked up: the one place for them.
const PRICES: &str = include_str!("../../prices.json");
/// Memory is billed in these.
const GIGABYTE_OF_MEMORY: f64 = 1024.0;
const GIGABYTE: f64 = 1e9;
const MILLION: f64 = 1e6;

/// What one function uses for one call set-up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Usage {
    pub(crate) function: &'static str,
    pub(crate) operations: Vec<String>,
    pub(crate) write_units: f64,
    pub(crate) read_units: f64,
    /// In MB.
    pub(crate) memory: u16,
    /// Measured, without waits for what is far away in a deployment.
    pub(crate) milliseconds: Spread,
    /// With those waits, each invocation rounded up to a whole one.
    pub(crate) billed_milliseconds: f64,
    pub(crate) log_bytes: f64,
    pub(crate) answer_bytes: f64,
}

/// One line of the bill.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) what: &'static str,
    pub(crate) unit: String,
    /// For a million call set-ups.
    pub(crate) dollars: f64,
}

#[derive(Deserialize)]
struct PriceList {
    prices: BTreeMap<String, Price>,
}

#[derive(Deserialize)]
struct Price {
    dollars: f64,
    per: f64,
    unit: String,
}

impl Usage {
    /// From what was measured of it, at least once.
    pub(crate) fn of(
        function: &'static str,
        memory: u16,
        steps: &[&Step],
        wait: impl Fn(&Step) -> f64,
    ) -> Result<Self, Failure> {
        let milliseconds = |step: &Step| step.duration.as_secs_f64() * 1e3;
        let units = |is_write: bool| {
            let of_kind = move |step: &&Step| {
                let units = step.dynamodb.iter().filter(|it| it.is_write() == is_write);
                // The sum of nothing is a negative zero.
                units.map(|it| it.units).sum::<f64>() + 0.0
            };
            mean(steps.iter().map(of_kind))
        };
        let last = steps.last().ok_or("no call was set up")?;
        Ok(Self {
            function,
            operations: last.dynamodb.iter().map(|it| it.operation.clone()).collect(),
            write_units: units(true),
            read_units: units(false),
            memory,
            milliseconds: spread(steps.iter().map(|step| milliseconds(step)))?,
            billed_milliseconds: mean(
                steps.iter().map(|step| (milliseconds(step) + wait(step)).ceil()),
            ),
            log_bytes: mean(steps.iter().map(|step| step.log_bytes as f64)),
            answer_bytes: mean(steps.iter().map(|step| step.answer_bytes as f64)),
        })
    }
}

/// # Errors
/// A price is missing.
pub(crate) fn bill(usages: &[Usage]) -> Result<Vec<Line>, Failure> {
    let prices = serde_json::from_str::<PriceList>(PRICES)?.prices;
    let sum = |of: fn(&Usage) -> f64| usages.iter().map(of).sum::<f64>();
    let requests = usages.len() as f64;
    let used = [
        ("HTTP API", "http_api_request", requests),
        ("Lambda, requests", "lambda_request", requests),
        ("Lambda, time", "lambda_gb_second", sum(gigabyte_seconds)),
        ("DynamoDB, writes", "dynamodb_write_request_unit", sum(|it| it.write_units)),
        ("DynamoDB, reads", "dynamodb_read_request_unit", sum(|it| it.read_units)),
        ("logs", "cloudwatch_logs_ingested_gb", sum(|it| it.log_bytes) / GIGABYTE),
        ("answers", "data_transfer_out_gb", sum(|it| it.answer_bytes) / GIGABYTE),
    ];
    used.into_iter()
        .map(|(what, name, quantity)| {
            let price = prices.get(name).ok_or_else(|| format!("{name} has no price"))?;
            let dollars = quantity * MILLION * price.dollars / price.per;
            Ok(Line { what, unit: price.unit.clone(), dollars })
        })
        .collect()
}

fn gigabyte_seconds(usage: &Usage) -> f64 {
    f64::from(usage.memory) / GIGABYTE_OF_MEMORY * usage.billed_milliseconds / 1e3
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::capacity::Consumed;

    #[test]
    fn each_invocation_is_billed_by_whole_milliseconds_and_its_memory() {
        let step = |microseconds| Step {
            duration: Duration::from_micros(microseconds),
            dynamodb: vec![
                Consumed { operation: "Query".to_owned(), units: 0.5 },
                Consumed { operation: "PutItem".to_owned(), units: 1.0 },
            ],
            answer_bytes: 1000,
            log_bytes: 100,
        };
        let (short, long) = (step(200), step(1200));
        let usage = Usage::of("place-call", 256, &[&short, &long], |_| 4.0).unwrap();
        assert_eq!((usage.write_units, usage.read_units), (1.0, 0.5));
        assert_eq!(usage.billed_milliseconds, 5.5);
        let lines = bill(&[usage]).unwrap();
        let dollars = |what| lines.iter().find(|line| line.what == what).unwrap().dollars;
        assert_eq!(dollars("HTTP API"), 1.0);
        assert_eq!(dollars("DynamoDB, writes"), 0.625);
        assert_eq!(dollars("DynamoDB, reads"), 0.0625);
        assert!((dollars("Lambda, time") - 1e6 * 0.25 * 0.0055 * 0.000_013_333_4).abs() < 1e-9);
        assert_eq!(dollars("answers"), 0.09);
    }
}
