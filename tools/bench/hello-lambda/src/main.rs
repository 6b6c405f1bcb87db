//! `lambda_http` and nothing else, booted as our functions are: what a function costs at least.

use lambda_http::{Error, Request, service_fn};

fn main() -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_http::run(service_fn(hello)))
}

async fn hello(_: Request) -> Result<&'static str, Error> {
    Ok("hello")
}
