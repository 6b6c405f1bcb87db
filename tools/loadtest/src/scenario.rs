//! What a request may be, and how often it is which.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// One request of the story that Bob and Alice play, or of those who disturb it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scenario {
    /// A new callee registers.
    Register,
    /// A callee makes a link.
    Make,
    /// A caller opens a link, and gets the page.
    Open,
    /// A caller calls.
    Call,
    /// A callee asks who is calling.
    List,
    /// Somebody opens what never was a link.
    Junk,
    /// Somebody opens a link that has expired, or calls through it.
    Expired,
}

impl Scenario {
    pub(crate) const ALL: [Self; 7] =
        [Self::Register, Self::Make, Self::Open, Self::Call, Self::List, Self::Junk, Self::Expired];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Make => "make",
            Self::Open => "open",
            Self::Call => "call",
            Self::List => "list",
            Self::Junk => "junk",
            Self::Expired => "expired",
        }
    }

    /// What is asked of the service, and what it has to answer.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Register => "POST /registration, 200 and a session",
            Self::Make => "POST /call-url, 200 and a token",
            Self::Open => "GET /calls/{token}, 200 and the page",
            Self::Call => "POST /calls/{token}, 200 and a device notified",
            Self::List => "GET /calls, 200 and a list",
            Self::Junk => "GET /calls/{junk}, 404 and errno 105",
            Self::Expired => "GET and POST /calls/{expired token}, 410 and errno 111",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// How often each scenario is chosen, in proportion to the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Weights(Vec<(Scenario, u32)>);

impl Weights {
    /// What a day is taken to be like: a link is opened more often than it rings, and links are made
    /// less often than they are used.
    pub(crate) const USUAL: &str = "register=1,make=4,open=20,call=10,list=10,junk=5,expired=2";

    /// The scenario that chance has chosen.
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
        let mut weights = Vec::new();
        for part in text.split(',') {
            let (name, weight) = part.split_once('=').ok_or("such as open=20,call=10")?;
            let scenario = Scenario::ALL.into_iter().find(|scenario| scenario.name() == name);
            let scenario = scenario.ok_or_else(|| format!("there is no scenario {name}"))?;
            let weight = weight.parse().map_err(|_| format!("{name}: not a whole number"))?;
            if weights.iter().any(|(known, _)| *known == scenario) {
                return Err(format!("{name} is there twice"));
            }
            weights.push((scenario, weight));
        }
        if weights.iter().all(|(_, weight)| *weight == 0) {
            return Err("nothing would be sent".to_owned());
        }
        Ok(Self(weights))
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
    use super::*;

    #[test]
    fn chance_chooses_by_weight() {
        let weights: Weights = "open=3,junk=0,call=1".parse().unwrap();
        let chosen: Vec<_> = (0..8).map(|chance| weights.choose(chance).name()).collect();
        assert_eq!(chosen, ["open", "open", "open", "call", "open", "open", "open", "call"]);
    }

    #[test]
    fn the_usual_weights_name_every_scenario() {
        let usual: Weights = Weights::USUAL.parse().unwrap();
        let named: Vec<_> = usual.0.iter().map(|(scenario, _)| *scenario).collect();
        assert_eq!(named, Scenario::ALL);
        assert_eq!(usual.to_string(), Weights::USUAL);
    }

    #[test]
    fn wrong_weights_are_refused() {
        for wrong in ["", "open", "open=-1", "open=x", "dance=1", "open=0", "open=1,open=2"] {
            assert!(wrong.parse::<Weights>().is_err(), "{wrong}");
        }
    }
}
