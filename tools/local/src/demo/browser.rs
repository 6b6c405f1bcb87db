//! The parts of a browser that the story needs: requests and a cookie.

use std::{error::Error, time::Duration};

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header};
use serde_json::Value;

pub(super) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const TIMEOUT: Duration = Duration::from_secs(20);

/// The browser of one person.
pub(super) struct Browser {
    client: Client,
    url: String,
    cookie: Option<String>,
}

impl Browser {
    pub(super) fn new(url: &str) -> Result<Self> {
        let client = loop_outbound::client(TIMEOUT)?.timeout(TIMEOUT).build()?;
        Ok(Self { client, url: url.to_owned(), cookie: None })
    }

    pub(super) async fn get(&mut self, path: &str) -> Result<Value> {
        let request = self.request(Method::GET, path).header(header::ACCEPT, "application/json");
        Ok(self.send(request).await?.json().await?)
    }

    pub(super) async fn page(&mut self, path: &str) -> Result<String> {
        let request = self.request(Method::GET, path).header(header::ACCEPT, "text/html");
        Ok(self.send(request).await?.text().await?)
    }

    pub(super) async fn post(&mut self, path: &str, body: Value) -> Result<Value> {
        let request = self.request(Method::POST, path).json(&body);
        Ok(self.send(request).await?.json().await?)
    }

    pub(super) async fn delete(&mut self, path: &str) -> Result<()> {
        let request = self.request(Method::DELETE, path);
        self.send(request).await.map(|_| ())
    }

    /// Places a call that must be refused as gone, and returns the error.
    pub(super) async fn refused_call(&mut self, path: &str) -> Result<Value> {
        let response = self.request(Method::POST, path).send().await?;
        match response.status() {
            StatusCode::GONE => Ok(response.json().await?),
            status => Err(format!("POST {path}: {status} instead of 410").into()),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<Response> {
        let response = request.send().await?;
        if !response.status().is_success() {
            return Err(format!("{}: {}", response.status(), response.text().await?).into());
        }
        let given = response.headers().get(header::SET_COOKIE).and_then(|it| it.to_str().ok());
        if let Some(cookie) = given.and_then(|given| given.split(';').next()) {
            self.cookie = Some(cookie.to_owned());
        }
        Ok(response)
    }
}
