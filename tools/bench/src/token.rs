//! What making and verifying a call token costs, beside other kinds of tokens with the same claims.

use std::process::Command;

use clap::Args;
use serde::Deserialize;

use crate::{
    Failure,
    release::{self, Binary},
    report::{Cell, Section, Table, Target},
    spread::Spread,
    valgrind::{self, Tool, Valgrind},
};

/// As `tools/token-kinds` calls them, and people do; ours first.
const KINDS: [(&str, &str); 4] = [
    ("loop", "call token"),
    ("jwt", "JWT HS256"),
    ("paseto", "PASETO v4.local"),
    ("biscuit", "Biscuit"),
];

/// Operations in the shorter of the two runs whose difference counts.
const REPEATS: u32 = 100;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Only times and lengths: what needs no Valgrind.
    #[arg(long)]
    without_valgrind: bool,
}

/// Makes and verifies tokens of every kind.
///
/// # Errors
/// `tools/token-kinds` can't be built, or fails; or there is no Valgrind.
pub(crate) fn measure(arguments: &Arguments) -> Result<Section, Failure> {
    let valgrind = (!arguments.without_valgrind).then(Valgrind::find).transpose()?;
    let binary = build()?;
    let mut found = Vec::new();
    for (kind, name) in KINDS {
        let times = times(&binary, kind)?;
        let counts = valgrind.as_ref().map(|valgrind| counts(valgrind, &binary, kind));
        found.push(Found { name, times, counts: counts.transpose()? });
    }
    let mut tables = vec![table_of_times(&found)];
    tables.extend(table_of_counts(&found));
    Ok(Section { title: "Token", tables, targets: targets(&found) })
}

/// What is counted of our own, without all others.
///
/// # Errors
/// As for [`measure`].
pub(crate) fn ours(valgrind: &Valgrind) -> Result<Counts, Failure> {
    counts(valgrind, &build()?, KINDS[0].0)
}

fn build() -> Result<Binary, Failure> {
    release::build_apart("../token-kinds/Cargo.toml", "token-kinds")
}

/// What was found of one kind.
struct Found {
    name: &'static str,
    times: Times,
    counts: Option<Counts>,
}

struct Times {
    characters: u64,
    make: Spread,
    verify: Spread,
}

/// Each for making one, and for verifying one.
pub(crate) struct Counts {
    pub(crate) instructions: [u64; 2],
    pub(crate) blocks: [f64; 2],
}

fn times(binary: &Binary, kind: &str) -> Result<Times, Failure> {
    #[derive(Deserialize)]
    struct Samples {
        characters: u64,
        make_ns: Vec<f64>,
        verify_ns: Vec<f64>,
    }
    let output = Command::new(&binary.path).args(["time", kind]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let Samples { characters, make_ns, verify_ns } = serde_json::from_slice(&output.stdout)?;
    let spread = |samples| Spread::of(samples).ok_or("no samples");
    Ok(Times { characters, make: spread(make_ns)?, verify: spread(verify_ns)? })
}

fn counts(valgrind: &Valgrind, binary: &Binary, kind: &str) -> Result<Counts, Failure> {
    let program = binary.path.to_str().ok_or("the target directory is not UTF-8")?;
    let mut counts = Counts { instructions: [0; 2], blocks: [0.0; 2] };
    for (index, operation) in ["make", "verify"].into_iter().enumerate() {
        let run = |tool, repeats: u32| {
            valgrind.run(tool, program, &["repeat", kind, operation, &repeats.to_string()])
        };
        let instructions = |repeats| valgrind::instructions(&run(Tool::Instructions, repeats)?);
        let blocks = |repeats| -> Result<u64, Failure> {
            Ok(valgrind::allocations(&run(Tool::Allocations, repeats)?)?.blocks)
        };
        let more = instructions(2 * REPEATS)?.saturating_sub(instructions(REPEATS)?);
        counts.instructions[index] = more / u64::from(REPEATS);
        let more = blocks(2 * REPEATS)?.saturating_sub(blocks(REPEATS)?);
        counts.blocks[index] = more as f64 / f64::from(REPEATS);
    }
    Ok(counts)
}

fn table_of_times(found: &[Found]) -> Table {
    let ours = found[0].times.verify.least;
    let row = |Found { name, times, .. }: &Found| {
        vec![
            (*name).into(),
            Cell::Count(times.characters),
            Cell::Samples(times.make, 0),
            Cell::Samples(times.verify, 0),
            Cell::Number(times.verify.least / ours, 1),
        ]
    };
    Table {
        caption: "Each says the same, is made and verified with keys that are there already, and \
                  is built as functions are, for size. Verifying also reads the claims and looks \
                  at the clock. The ratio is that of the shortest times."
            .to_owned(),
        columns: vec!["kind", "characters", "make ns", "verify ns", "verify to ours"],
        rows: found.iter().map(row).collect(),
    }
}

fn table_of_counts(found: &[Found]) -> Option<Table> {
    let row = |Found { name, counts, .. }: &Found| {
        let Counts { instructions, blocks } = counts.as_ref()?;
        Some(vec![
            (*name).into(),
            Cell::Count(instructions[0]),
            Cell::Count(instructions[1]),
            Cell::Number(blocks[0], 1),
            Cell::Number(blocks[1], 1),
        ])
    };
    let rows: Vec<_> = found.iter().filter_map(row).collect();
    (!rows.is_empty()).then(|| Table {
        caption: "Counted on the CPU that Valgrind pretends to be. It has AVX2 and no \
                  instructions for SHA-256, so HMAC takes more of them than the times are for."
            .to_owned(),
        columns: vec![
            "kind",
            "make instructions",
            "verify instructions",
            "make allocations",
            "verify allocations",
        ],
        rows,
    })
}

fn targets(found: &[Found]) -> Vec<Target> {
    let [ours, others @ ..] = found else { return vec![] };
    let target =
        |what: &str, unit, bound, measured| Target { what: what.to_owned(), unit, bound, measured };
    let least = |of: fn(&Times) -> f64| {
        others.iter().map(|other| of(&other.times)).fold(f64::INFINITY, f64::min)
    };
    let shortest = least(|times| times.characters as f64);
    let fastest = least(|times| times.verify.least);
    let mut targets = vec![
        target("make", "ns", 450.0, ours.times.make.least),
        target("verify", "ns", 400.0, ours.times.verify.least),
        target(
            "length: below every other",
            "characters",
            shortest - 1.0,
            ours.times.characters as f64,
        ),
        target(
            "verify, to the fastest other",
            "of its time",
            0.25,
            ours.times.verify.least / fastest,
        ),
    ];
    if let Some(counts) = &ours.counts {
        // The two texts: for whom the link is, and who is called.
        targets.push(target("verify, allocations", "", 2.0, counts.blocks[1]));
    }
    targets
}
