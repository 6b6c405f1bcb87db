//! A function of `lambda_http` alone, started as ours are: the least that a function can cost.

use lambda_http::{Error, Request, service_fn};

fn main() -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_http::run(service_fn(hello)))
}

async fn hello(_: Request) -> Result<&'static str, Error> {
    Ok("hello")
}
