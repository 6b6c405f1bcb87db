//! Measurements of everything that has a limit.

use std::{fs, path::Path};

use crate::{
    budgets::limits::Counts,
    call_setup::{self, CallSetups},
    subject::Subject,
    template, token,
    valgrind::Valgrind,
    warm::Counter,
    world::World,
};
use load::BoxError;

/// Measures the functions of a call set-up, which are built here, the call token, and the binaries
/// of `sam build` in `deployed`, if it is given.
pub(crate) async fn all(deployed: Option<&Path>) -> Result<Counts, BoxError> {
    let mut measured = Counts::default();
    if let Some(directory) = deployed {
        for function in template::functions()? {
            let binary = directory.join(function.logical_id).join("bootstrap");
            let binary = fs::metadata(&binary)
                .map_err(|error| format!("{}: {error}; run `sam build`", binary.display()))?;
            measured.set(&function.name, "bytes on arm64", binary.len());
        }
    }
    let valgrind = Valgrind::find()?;
    let world = World::new().await?;
    let steps = call_setup::build()?;
    let call_setup = CallSetups::start(&world, &steps).await?.next().await?;
    for (step, invocation) in steps.iter().zip(&call_setup) {
        let (name, binary) = (&step.function.name, &step.binary);
        measured.set(name, "bytes on x86-64", binary.bytes);
        let subject = &Subject::of(&step.function);
        let counter = Counter { valgrind: &valgrind, world: &world, subject, binary };
        measured.set(name, "instructions", counter.instructions().await? as u64);
        // DynamoDB counts in half units.
        let half_units = |is_write| (invocation.units(is_write) * 2.0) as u64;
        measured.set(name, "requests", invocation.dynamodb.len() as u64);
        measured.set(name, "half write units", half_units(true));
        measured.set(name, "half read units", half_units(false));
    }
    for counts in token::count(&valgrind)? {
        let operation = format!("call token, {}", counts.operation);
        measured.set(&operation, "instructions", counts.instructions);
        measured.set(&operation, "allocations", counts.allocations.ceil() as u64);
    }
    Ok(measured)
}
