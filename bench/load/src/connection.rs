//! One HTTP connection that stays open, as cheap as it can be: the client's work is part of what a bench measures.

use std::{
    io::{BufReader, Read as _, Write as _, prelude::BufRead as _},
    net::{SocketAddr, TcpStream},
};

use anyhow::{Context as _, Result, bail};

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Bytes of an answer at most; more means that something else answers.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// A connection.
#[derive(Debug)]
pub struct Connection {
    writer: TcpStream,
    reader: BufReader<TcpStream>,
    answer: Vec<u8>,
}

/// Appends a whole request that posts `body`.
pub fn write_request(address: SocketAddr, path: &str, content_type: &str, body: &[u8], out: &mut Vec<u8>) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    out.reserve(head.len() + body.len());
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(body);
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("cannot reach {address}"))?;
        stream.set_nodelay(true)?;
        let writer = stream.try_clone()?;
        let reader = BufReader::with_capacity(BUFFER_BYTES, stream);
        Ok(Self { writer, reader, answer: Vec::new() })
    }

    /// Sends a whole request and reads the whole answer: its status and its body.
    ///
    /// # Errors
    /// When the connection breaks, and when the answer has no length.
    pub fn exchange(&mut self, request: &[u8]) -> Result<(u16, &[u8])> {
        self.writer.write_all(request).context("the server has closed the connection")?;
        let (mut status, mut len, mut is_chunked) = (None, None, false);
        loop {
            self.answer.clear();
            if self.reader.read_until(b'\n', &mut self.answer)? == 0 {
                bail!("the server has closed the connection instead of answering");
            }
            let line = std::str::from_utf8(&self.answer).context("a head is ASCII")?.trim_end();
            if line.is_empty() {
                break;
            }
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
            } else if let Some((name, value)) = line.split_once(':') {
                if name.eq_ignore_ascii_case("content-length") {
                    len = value.trim().parse::<usize>().ok();
                } else if name.eq_ignore_ascii_case("transfer-encoding") {
                    is_chunked = value.trim().eq_ignore_ascii_case("chunked");
                }
            }
        }
        let status: u16 = status.context("the answer has no status")?;
        self.answer.clear();
        if is_chunked {
            self.read_chunks()?;
        } else {
            // 204 means that there is no body.
            self.read_more(len.or((status == 204).then_some(0)).context("the answer has no length")?)?;
        }
        Ok((status, &self.answer))
    }

    /// Appends so many bytes to the answer.
    fn read_more(&mut self, len: usize) -> Result<()> {
        let start = self.answer.len();
        if len > ANSWER_BYTES_MAX - start {
            bail!("an answer has more than {ANSWER_BYTES_MAX} bytes");
        }
        self.answer.resize(start + len, 0);
        self.reader.read_exact(&mut self.answer[start..])?;
        Ok(())
    }

    fn read_chunks(&mut self) -> Result<()> {
        let mut line = String::new();
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size =
                usize::from_str_radix(size, 16).with_context(|| format!("`{line}` is no chunk's size"))?;
            self.read_more(size)?;
            if size > 0 {
                // The end of the chunk's line.
                self.reader.read_exact(&mut [0; 2])?;
                continue;
            }
            // Trailers, up to an empty line.
            while !line.trim_end().is_empty() {
                line.clear();
                if self.reader.read_line(&mut line)? == 0 {
                    bail!("the answer ends within its last chunk");
                }
            }
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    #[test]
    fn an_answer_in_chunks_is_read_whole() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            for chunks in [&b"0\r\n\r\n"[..], b"3\r\nyes\r\nB;x=y\r\n and more..\r\n0\r\nTrailer: z\r\n\r\n"]
            {
                stream.write_all(head).unwrap();
                stream.write_all(chunks).unwrap();
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            stream.read_exact(&mut [0; 3]).unwrap();
        });
        let mut connection = Connection::open(address).unwrap();
        assert_eq!(connection.exchange(b"a").unwrap(), (200, &b""[..]));
        assert_eq!(connection.exchange(b"b").unwrap(), (200, &b"yes and more.."[..]));
        assert_eq!(connection.exchange(b"c").unwrap(), (204, &b""[..]));
        server.join().unwrap();
    }

    #[test]
    fn answers_are_read_one_after_the_other() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            write_request(address, "/a", "text/plain", b"body", &mut request);
            let mut received = vec![0; 3 * request.len()];
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes").unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n").unwrap();
            stream.write_all(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n").unwrap();
            stream.read_exact(&mut received).unwrap();
            assert_eq!(received, request.repeat(3));
        });
        let mut request = Vec::new();
        write_request(address, "/a", "text/plain", b"body", &mut request);
        let mut connection = Connection::open(address).unwrap();
        assert_eq!(connection.exchange(&request).unwrap(), (200, &b"yes"[..]));
        assert_eq!(connection.exchange(&request).unwrap(), (204, &b""[..]));
        assert_eq!(connection.exchange(&request).unwrap(), (429, &b""[..]));
        server.join().unwrap();
        assert!(connection.exchange(&request).is_err());
    }
}
