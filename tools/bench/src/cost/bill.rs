//! Consumption times price.

use std::collections::BTreeMap;

use load::BoxError;
use serde::Deserialize;

use crate::cost::usage::{Usage, sum};

/// The list prices, with their sources and dates.
const PRICES: &str = include_str!("../../prices.json");
/// The unit in which memory is billed, in MB.
const GIGABYTE_OF_MEMORY: f64 = 1024.0;
const GIGABYTE: f64 = 1e9;
const MILLION: f64 = 1e6;

/// One line of the bill.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) what: &'static str,
    pub(crate) unit: String,
    /// The price of a million call set-ups.
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

/// Computes the bill of a million call set-ups.
///
/// # Errors
/// A price is missing.
pub(crate) fn bill(usages: &[Usage]) -> Result<Vec<Line>, BoxError> {
    let prices = serde_json::from_str::<PriceList>(PRICES)?.prices;
    let requests = usages.len() as f64;
    let gigabyte_seconds =
        sum(usages, |it| f64::from(it.memory) / GIGABYTE_OF_MEMORY * it.billed_milliseconds / 1e3);
    let gigabytes = |bytes: fn(&Usage) -> f64| sum(usages, bytes) / GIGABYTE;
    let line = |what, price: &str, quantity| {
        let price = prices.get(price).ok_or_else(|| format!("{price} has no price"))?;
        let dollars = quantity * MILLION * price.dollars / price.per;
        Ok(Line { what, unit: price.unit.clone(), dollars })
    };
    let write_units = sum(usages, |it| it.write_units);
    let read_units = sum(usages, |it| it.read_units);
    [
        line("HTTP API", "http_api_request", requests),
        line("Lambda, requests", "lambda_request", requests),
        line("Lambda, time", "lambda_gb_second", gigabyte_seconds),
        line("DynamoDB, writes", "dynamodb_write_request_unit", write_units),
        line("DynamoDB, reads", "dynamodb_read_request_unit", read_units),
        line("logs", "cloudwatch_logs_ingested_gb", gigabytes(|it| it.log_bytes)),
        line("responses", "data_transfer_out_gb", gigabytes(|it| it.response_bytes)),
    ]
    .into_iter()
    .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{call_setup::Invocation, capacity_meter::Consumed, template};

    #[test]
    fn each_invocation_is_billed_by_whole_milliseconds_and_its_memory() {
        let invocation = |microseconds| Invocation {
            duration: Duration::from_micros(microseconds),
            dynamodb: vec![
                Consumed { operation: "Query".to_owned(), units: 0.5 },
                Consumed { operation: "PutItem".to_owned(), units: 1.0 },
            ],
            response_bytes: 1000,
            log_bytes: 100,
        };
        let (short, long) = (invocation(200), invocation(1200));
        let functions = template::functions().unwrap();
        let place = template::handler(&functions, "POST /calls/{token}").unwrap();
        let usage = Usage::of(place, &[&short, &long], |_| 4.0).unwrap();
        assert_eq!((usage.write_units, usage.read_units), (1.0, 0.5));
        assert_eq!((usage.memory, usage.billed_milliseconds), (256, 5.5));
        let lines = bill(&[usage]).unwrap();
        let dollars = |what| lines.iter().find(|line| line.what == what).unwrap().dollars;
        assert_eq!(dollars("HTTP API"), 1.0);
        assert_eq!(dollars("DynamoDB, writes"), 0.625);
        assert_eq!(dollars("DynamoDB, reads"), 0.0625);
        assert!((dollars("Lambda, time") - 1e6 * 0.25 * 0.0055 * 0.000_013_333_4).abs() < 1e-9);
        assert_eq!(dollars("responses"), 0.09);
    }
}
