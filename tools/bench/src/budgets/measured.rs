//! Everything that has a limit, measured.

use std::{collections::BTreeSet, env, fs, path::Path, process::Command};

use crate::{
    Failure,
    budgets::limits::Measured,
    call_setup::{CallSetups, STEPS},
    release::{self, Binary},
    subject,
    template::Template,
    token,
    valgrind::Valgrind,
    warm::counting::Counter,
    world::World,
};

/// Of the binaries that `sam build` has left in `deployed`, if it is given, and of those that are
/// built here.
pub(crate) async fn all(deployed: Option<&Path>) -> Result<Measured, Failure> {
    let mut measured = Measured::default();
    let template = Template::read()?;
    for (logical_id, function) in template.functions()? {
        measured.names("crates", &function, linked_crates(&function)?);
        if let Some(directory) = deployed {
            let binary = directory.join(logical_id).join("bootstrap");
            let bytes = fs::metadata(&binary)
                .map_err(|error| format!("{}: {error}; run `sam build`", binary.display()))?
                .len();
            measured.count("bytes, aarch64", &function, bytes);
        }
    }
    let valgrind = Valgrind::find()?;
    let world = World::new().await?;
    let mut binaries = Vec::new();
    for function in STEPS {
        let binary = release::build(function)?;
        measured.count("bytes, x86_64", function, binary.bytes);
        let subject = subject::named(function)?;
        let counter = Counter { valgrind: &valgrind, world: &world, subject, binary: &binary };
        let instructions = counter.instructions().await?;
        measured.count("instructions of a warm invocation", function, instructions.count);
        binaries.push(binary);
    }
    call_setup(&world, binaries, &mut measured).await?;
    call_token(&valgrind, &mut measured)?;
    Ok(measured)
}

async fn call_setup(
    world: &World,
    binaries: Vec<Binary>,
    measured: &mut Measured,
) -> Result<(), Failure> {
    let binaries = binaries.try_into().map_err(|_| "one binary for each step")?;
    let mut call_setups = CallSetups::start(world, &binaries, None).await?;
    let call_setup = call_setups.next().await?;
    for (function, step) in STEPS.into_iter().zip(&call_setup.steps) {
        let halves = |is_write: bool| {
            let units = step.dynamodb.iter().filter(|it| it.is_write() == is_write);
            // Every unit is a half, a whole, or several.
            (units.map(|it| it.units).sum::<f64>() * 2.0) as u64
        };
        measured.count("DynamoDB requests", function, step.dynamodb.len() as u64);
        measured.count("DynamoDB write units, halves", function, halves(true));
        measured.count("DynamoDB read units, halves", function, halves(false));
    }
    Ok(())
}

fn call_token(valgrind: &Valgrind, measured: &mut Measured) -> Result<(), Failure> {
    let counts = token::ours(valgrind)?;
    for (position, operation) in ["make", "verify"].into_iter().enumerate() {
        let instructions = counts.instructions[position];
        measured.count("instructions of a call token", operation, instructions);
        let blocks = counts.blocks[position].ceil() as u64;
        measured.count("allocations of a call token", operation, blocks);
    }
    Ok(())
}

/// The crates that a release build of the function links for Lambda's processor.
fn linked_crates(function: &str) -> Result<BTreeSet<String>, Failure> {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(["--target", "aarch64-unknown-linux-gnu", "--package", function])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}
