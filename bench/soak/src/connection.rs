//! One HTTP connection that stays open, with as little of a client's own work as can be: the client shares the machine with
//! what it measures.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// The server closes a connection that is idle for 60 s: one that may soon be closed is not used.
const IDLE_MAX: Duration = Duration::from_secs(40);

/// The server answers, whatever it is, within 30 s.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// Bytes of an answer that are read at once.
const BUFFER_LEN: usize = 16 << 10;

/// A connection to the server.
pub struct Connection {
    address: SocketAddr,
    stream: BufReader<TcpStream>,
    used: Instant,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub fn new(address: SocketAddr) -> Result<Self> {
        let stream = connect(address)?;
        Ok(Self { address, stream, used: Instant::now(), request: Vec::new(), answer: Vec::new() })
    }

    /// Sends `body`, and returns the answer's status and body.
    pub fn post(&mut self, path: &str, content_type: &str, body: &[u8]) -> Result<(u16, &[u8])> {
        self.request.clear();
        write!(
            self.request,
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        )?;
        self.request.extend_from_slice(body);
        self.exchange()
    }

    /// Asks for `path`; anything but 200 is an error.
    pub fn get(&mut self, path: &str) -> Result<String> {
        self.request.clear();
        write!(self.request, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address)?;
        match self.exchange()? {
            (200, body) => Ok(String::from_utf8(body.to_vec()).context("an answer is text")?),
            (status, body) => bail!("{path} answers {status}: {}", String::from_utf8_lossy(body)),
        }
    }

    fn exchange(&mut self) -> Result<(u16, &[u8])> {
        if self.used.elapsed() >= IDLE_MAX {
            self.stream = connect(self.address)?;
        }
        self.stream.get_mut().write_all(&self.request).context("the server takes no request")?;
        let status = self.read().context("the server's answer does not come")?;
        self.used = Instant::now();
        Ok((status, &self.answer))
    }

    /// Reads one whole answer; its body stands in `answer`.
    fn read(&mut self) -> Result<u16> {
        let (mut status, mut len) = (None, None);
        loop {
            self.answer.clear();
            self.stream.read_until(b'\n', &mut self.answer)?;
            let line = std::str::from_utf8(&self.answer)?.trim_end();
            if line.is_empty() {
                break;
            }
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                len = value.trim().parse::<usize>().ok();
            }
        }
        let (Some(status), Some(len)) = (status, len) else { bail!("it has no status or no length") };
        self.answer.resize(len, 0);
        self.stream.read_exact(&mut self.answer)?;
        Ok(status)
    }
}

fn connect(address: SocketAddr) -> Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address).context("cannot reach the server")?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    Ok(BufReader::with_capacity(BUFFER_LEN, stream))
}
