//! Boot only: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    loop_lambda::run_events::<channel_disconnect::ChannelDisconnect>()
}
