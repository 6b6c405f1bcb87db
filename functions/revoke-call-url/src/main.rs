//! Boot only: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    loop_lambda::lambda::run::<revoke_call_url::RevokeCallUrl>()
}
