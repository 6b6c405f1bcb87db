//! Instructions and allocations of making and of verifying a call token.

use load::BoxError;

use crate::{
    release,
    valgrind::{self, Tool, Valgrind},
};

/// The operations that `bench-call-token` knows.
const OPERATIONS: [&str; 2] = ["make", "verify"];
/// The operations in the shorter one of two runs, of which the difference is taken.
const COUNTED: u32 = 100;

/// The consumption of one operation.
pub(crate) struct Counts {
    pub(crate) operation: &'static str,
    pub(crate) instructions: u64,
    pub(crate) allocations: f64,
}

/// Counts both operations.
///
/// # Errors
/// The program that makes tokens can't be built, or fails.
pub(crate) fn count(valgrind: &Valgrind) -> Result<Vec<Counts>, BoxError> {
    let program = release::build("bench-call-token")?;
    let path = program.path.to_str().ok_or("the target directory is not UTF-8")?;
    let count = |operation: &'static str| -> Result<Counts, BoxError> {
        let run = |tool, times: u32| valgrind.run(tool, path, &[operation, &times.to_string()]);
        let difference =
            |tool, count: fn(&str) -> Result<u64, BoxError>| -> Result<u64, BoxError> {
                Ok(count(&run(tool, 2 * COUNTED)?)?.saturating_sub(count(&run(tool, COUNTED)?)?))
            };
        Ok(Counts {
            operation,
            instructions: difference(Tool::Instructions, valgrind::instructions)?
                / u64::from(COUNTED),
            allocations: difference(Tool::Allocations, valgrind::allocations)? as f64
                / f64::from(COUNTED),
        })
    };
    OPERATIONS.into_iter().map(count).collect()
}
