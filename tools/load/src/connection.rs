//! A client of HTTP/1.1 that sends one request after the other on one connection. It takes little
//! CPU, since it shares the processors with the server that is measured.

use std::{
    cmp::Ordering,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use httparse::{EMPTY_HEADER, Status};
use reqwest::{
    StatusCode,
    header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue},
};

use crate::{ClientError, Request, Response};

/// The longest time that a response may take.
const DEADLINE: Duration = Duration::from_secs(20);
/// The most headers of a response, which is more than any response has.
const HEADERS_MAX: usize = 64;

/// A connection to a server on this machine, which is kept.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects to a server. Fails, if no server listens there.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// Sends a request, and waits for the whole response. Fails with [`ClientError::Lost`], if the
    /// connection breaks, no byte comes for 20 s, or the bytes are not one response of known
    /// length.
    pub fn send(&mut self, request: &Request) -> Result<Response, ClientError> {
        self.stream.write_all(&request.to_bytes())?;
        self.received.clear();
        let mut chunk = [0; 4096];
        loop {
            match self.stream.read(&mut chunk)? {
                0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                length => self.received.extend_from_slice(&chunk[..length]),
            }
            if let Some(response) = read(&self.received)? {
                return Ok(response);
            }
        }
    }
}

/// Reads a response as soon as it is complete.
fn read(received: &[u8]) -> io::Result<Option<Response>> {
    let mut headers = [EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Response::new(&mut headers);
    let Status::Complete(end) = head.parse(received).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let status = StatusCode::from_u16(head.code.unwrap_or_default()).map_err(io::Error::other)?;
    let mut headers = HeaderMap::new();
    for header in head.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(io::Error::other)?;
        headers.append(name, HeaderValue::from_bytes(header.value).map_err(io::Error::other)?);
    }
    let length = headers.get(CONTENT_LENGTH).map_or(Some(0), |it| it.to_str().ok()?.parse().ok());
    let has_length = status == StatusCode::NO_CONTENT || headers.contains_key(CONTENT_LENGTH);
    let body = &received[end..];
    match length.filter(|_| has_length).map(|length: usize| body.len().cmp(&length)) {
        Some(Ordering::Less) => Ok(None),
        Some(Ordering::Equal) => Ok(Some(Response { status, headers, body: body.to_vec() })),
        _ => Err(io::Error::other("not one response of known length")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_ends_at_its_length() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        for cut in [10, 20, whole.len() - 1] {
            assert!(read(&whole[..cut]).unwrap().is_none(), "{cut}");
        }
        let response = read(whole).unwrap().unwrap();
        assert_eq!((response.status, &response.body[..]), (StatusCode::OK, &b"abc"[..]));
        assert!(read(&[&whole[..], b"d"].concat()).is_err());
        assert!(read(b"HTTP/1.1 204 No Content\r\ndate: now\r\n\r\n").unwrap().is_some());
        assert!(read(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
