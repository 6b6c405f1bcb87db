//! The binary of the function; its library says what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    loop_lambda::run_http::<unregister::Unregister>()
}
