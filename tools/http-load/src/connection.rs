//! HTTP/1.1 as a client speaks it, one request after the other on one connection, at as little cost
//! as possible: whoever measures shares the processors with what is measured.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// Who gets no answer for so long gets none.
const DEADLINE: Duration = Duration::from_secs(20);

/// A connection that is kept.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer, all of it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    head: &'a str,
    body: &'a [u8],
}

/// The bytes of a request of a program, which asks for JSON.
pub fn request(method: &str, path: &str, cookie: Option<&str>, body: Option<&Value>) -> Vec<u8> {
    let mut text =
        format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n");
    if let Some(cookie) = cookie {
        text.push_str(&format!("cookie: {cookie}\r\n"));
    }
    match body.map(Value::to_string) {
        Some(body) => text.push_str(&format!(
            "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )),
        None => text.push_str("content-length: 0\r\n\r\n"),
    }
    text.into_bytes()
}

impl Connection {
    /// Connects, and waits at most 20 s for whatever comes.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// Sends a request, and reads until its answer is complete.
    ///
    /// # Errors
    /// The connection has broken, nothing came for 20 s, or what came is not one answer of known
    /// length.
    pub fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request)?;
        self.received.clear();
        let mut chunk = [0; 4096];
        let (head, end) = loop {
            match self.stream.read(&mut chunk)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                length => self.received.extend_from_slice(&chunk[..length]),
            }
            if let Some((head, end)) = ends(&self.received)?
                && end <= self.received.len()
            {
                break (head, end);
            }
        };
        if end < self.received.len() {
            return Err(not_understood("more than one answer"));
        }
        let (head, body) = self.received.split_at(head);
        Ok(Answer { head: text(head)?, body })
    }
}

impl<'a> Answer<'a> {
    /// 0 when there is none.
    pub fn status(&self) -> u16 {
        let word = self.head.split(' ').nth(1);
        word.and_then(|word| word.parse().ok()).unwrap_or_default()
    }

    /// Status line and headers.
    pub fn head(&self) -> &'a str {
        self.head
    }

    /// What follows the head.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// A header by its name in lower case, as the server writes it.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.head, name)
    }

    /// Null for what is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(self.body).unwrap_or_default()
    }
}

/// Where the head and the whole answer end, as soon as that can be said.
fn ends(received: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let Some(head) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = head + 4;
    let lines = text(&received[..head])?;
    let length = match header(lines, "content-length") {
        Some(length) => length.parse().map_err(|_| not_understood("content-length"))?,
        None if lines.starts_with("HTTP/1.1 204 ") => 0,
        None => return Err(not_understood("no content-length")),
    };
    Ok(Some((head, head + length)))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn text(bytes: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| not_understood("a head that is not text"))
}

fn not_understood(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_it_says() {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n";
        assert_eq!(ends(&head[..20]).unwrap(), None);
        assert_eq!(ends(head).unwrap(), Some((head.len(), head.len() + 3)));
        let nothing = b"HTTP/1.1 204 No Content\r\ndate: now\r\n\r\n";
        assert_eq!(ends(nothing).unwrap(), Some((nothing.len(), nothing.len())));
        assert!(ends(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
