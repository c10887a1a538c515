//! One connection to the server that stays open: a request, its whole answer, the next request.

use std::{
    io::{BufReader, Read as _, Write as _, prelude::BufRead as _},
    net::TcpStream,
};

use anyhow::{Context as _, Result, bail};

/// An open connection.
pub struct Connection {
    writer: TcpStream,
    reader: BufReader<TcpStream>,
    head: String,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects; all requests go to `path`.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn open(address: &str, path: &str) -> Result<Self> {
        let writer = TcpStream::connect(address).context("cannot reach the server")?;
        writer.set_nodelay(true)?;
        let reader = BufReader::new(writer.try_clone()?);
        let head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n");
        Ok(Self { writer, reader, head, request: Vec::new(), answer: Vec::new() })
    }

    /// Sends a body and returns that of the answer.
    ///
    /// # Errors
    /// When the connection breaks, and any status but 200.
    pub fn post(&mut self, body: &str) -> Result<&[u8]> {
        self.request.clear();
        write!(self.request, "{}Content-Length: {}\r\n\r\n{body}", self.head, body.len())?;
        self.writer.write_all(&self.request)?;
        let (mut status, mut len) = (None, None);
        let mut line = String::new();
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                len = value.trim().parse().ok();
            }
        }
        let (Some(status), Some(len)) = (status, len) else { bail!("the answer has no status or no length") };
        self.answer.resize(len, 0);
        self.reader.read_exact(&mut self.answer)?;
        if status != 200 {
            bail!("the server answered {status}: {}", String::from_utf8_lossy(&self.answer));
        }
        Ok(&self.answer)
    }
}
