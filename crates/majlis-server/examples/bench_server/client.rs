//! A client that does as little as a client can, on a connection it keeps.

use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Outcome;

pub(crate) struct Client {
    stream: TcpStream,
    address: String,
    buffer: Vec<u8>,
}

/// What came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// When the first of its body was there.
    pub(crate) first: Instant,
    /// The server closed the connection.
    pub(crate) is_closed: bool,
}

/// How a body ends.
enum End {
    Length(usize),
    Chunks,
    Close,
}

impl Client {
    pub(crate) async fn connect(address: &str) -> Outcome<Self> {
        let address = address.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            address,
            buffer: Vec::with_capacity(4 << 10),
        })
    }

    pub(crate) async fn ask(&mut self, method: &str, path: &str, body: &str) -> Outcome<Answer> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let head_end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            if self.read().await? == 0 {
                return Err("the connection ended in the head".into());
            }
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let end = end_of(&head);
        let mut first = None;
        loop {
            let body = &self.buffer[head_end..];
            if !body.is_empty() {
                first.get_or_insert_with(Instant::now);
            }
            let is_whole = match end {
                End::Length(length) => body.len() >= length,
                End::Chunks => body.ends_with(b"0\r\n\r\n"),
                End::Close => false,
            };
            if is_whole || self.read().await? == 0 {
                return Ok(Answer {
                    status: status.unwrap_or(0),
                    first: first.unwrap_or_else(Instant::now),
                    is_closed: !is_whole || head.contains("connection: close"),
                });
            }
        }
    }

    /// The body of the last answer, read as JSON.
    pub(crate) fn json(&self) -> Outcome<serde_json::Value> {
        let head_end = find(&self.buffer, b"\r\n\r\n").ok_or("there was no answer")?;
        Ok(serde_json::from_slice(&self.buffer[head_end + 4..])?)
    }

    async fn read(&mut self) -> Outcome<usize> {
        Ok(self.stream.read_buf(&mut self.buffer).await?)
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn end_of(head: &str) -> End {
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.trim().parse().ok());
    match length {
        Some(length) => End::Length(length),
        None if head.contains("transfer-encoding: chunked") => End::Chunks,
        None => End::Close,
    }
}
