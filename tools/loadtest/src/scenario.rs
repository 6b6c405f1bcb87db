//! Kinds of requests, and their weights.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumMessage, EnumString};

/// A kind of request, of callees, callers, or clients with tokens that are not valid. The message
/// describes the request and the expected response.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Display,
    EnumIter,
    EnumMessage,
    EnumString,
    Serialize,
    Deserialize,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scenario {
    #[strum(message = "POST /registration, 200 and a session")]
    Register,
    #[strum(message = "POST /call-url, 200 and a token")]
    Make,
    #[strum(message = "GET /calls/{token}, 200 and the page")]
    Open,
    #[strum(message = "POST /calls/{token}, 200 and a device notified")]
    Call,
    #[strum(message = "GET /calls, 200 and a list")]
    List,
    #[strum(message = "GET /calls/{junk}, 404 and errno 105")]
    Junk,
    #[strum(message = "GET and POST /calls/{expired token}, 410 and errno 111")]
    Expired,
}

/// The weights of scenarios: the proportions in which they are chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Weights(Vec<(Scenario, u32)>);

impl Weights {
    /// The weights of a usual day: a link is opened more often than it rings, and links are made
    /// less often than they are used.
    pub(crate) const USUAL: &str = "register=1,make=4,open=20,call=10,list=10,junk=5,expired=2";

    /// Returns the scenario that a random number chooses.
    pub(crate) fn choose(&self, chance: u64) -> Scenario {
        let mut left = chance % self.0.iter().map(|(_, weight)| u64::from(*weight)).sum::<u64>();
        for (scenario, weight) in &self.0 {
            match left.checked_sub((*weight).into()) {
                None => return *scenario,
                Some(rest) => left = rest,
            }
        }
        unreachable!("the rest is less than the sum")
    }
}

impl FromStr for Weights {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut weights = Vec::<(Scenario, u32)>::new();
        for part in text.split(',') {
            let (name, weight) = part.split_once('=').ok_or("such as open=20,call=10")?;
            let scenario = name.parse().map_err(|_| format!("there is no scenario {name}"))?;
            let weight = weight.parse().map_err(|_| format!("{name}: not a whole number"))?;
            if weights.iter().any(|(known, _)| *known == scenario) {
                return Err(format!("{name} is there twice"));
            }
            weights.push((scenario, weight));
        }
        let is_something = weights.iter().any(|(_, weight)| *weight > 0);
        is_something.then_some(Self(weights)).ok_or_else(|| "nothing would be sent".to_owned())
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(|(one, weight)| format!("{one}={weight}")).collect();
        formatter.write_str(&parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn chance_chooses_by_weight() {
        let weights: Weights = "open=3,junk=0,call=1".parse().unwrap();
        let chosen: Vec<_> = (0..8).map(|chance| weights.choose(chance).to_string()).collect();
        assert_eq!(chosen, ["open", "open", "open", "call", "open", "open", "open", "call"]);
    }

    #[test]
    fn the_usual_weights_name_every_scenario() {
        let usual: Weights = Weights::USUAL.parse().unwrap();
        let named: Vec<_> = usual.0.iter().map(|(scenario, _)| *scenario).collect();
        assert_eq!(named, Scenario::iter().collect::<Vec<_>>());
        assert_eq!(usual.to_string(), Weights::USUAL);
    }

    #[test]
    fn wrong_weights_are_refused() {
        for wrong in ["", "open", "open=-1", "open=x", "dance=1", "open=0", "open=1,open=2"] {
            assert!(wrong.parse::<Weights>().is_err(), "{wrong}");
        }
    }
}
