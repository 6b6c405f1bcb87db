//! Lambda as a function sees it: the Runtime API
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>) and the process that talks to
//! it.

mod api;
mod invocation;
mod process;

pub use api::RuntimeApi;
pub use invocation::{INVOCATION_DEADLINE, Invocation, InvocationError};
pub use process::{LambdaProcess, Output};
