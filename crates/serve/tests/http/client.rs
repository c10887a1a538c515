//! A client that writes bytes as they are, so that tests can send what no library would.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// Far longer than any reply takes: a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// One connection.
pub struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// One reply.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// The code of an error, once it is seen to have all its parts.
    #[track_caller]
    pub fn code(&self) -> String {
        let body = self.json();
        assert_eq!(self.header("content-type"), Some("application/json"));
        for part in ["message", "remedy"] {
            assert!(body[part].as_str().is_some_and(|text| !text.is_empty()), "no {part} in {body}");
        }
        body["code"].as_str().expect("an error has a code").to_owned()
    }
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream, unread: Vec::new() }
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Says that nothing more will be sent.
    pub fn finish(&mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// A request with its length, and the reply to it.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Reply {
        self.send(head(method, path, headers, body.as_ref().len()));
        self.send(body);
        if method == "HEAD" { self.reply_head() } else { self.reply() }
    }

    pub fn get(&mut self, path: &str) -> Reply {
        self.request("GET", path, &[], "")
    }

    pub fn post(&mut self, path: &str, body: impl AsRef<[u8]>) -> Reply {
        self.request("POST", path, &[], body)
    }

    /// The next reply.
    pub fn reply(&mut self) -> Reply {
        let mut reply = self.reply_head();
        if let Some(len) = reply.header("content-length") {
            let len = len.parse().unwrap();
            while self.unread.len() < len {
                assert!(self.fill(), "the connection ended inside a body");
            }
            reply.body = self.unread.drain(..len).collect();
        } else {
            while self.fill() {}
            reply.body = std::mem::take(&mut self.unread);
        }
        reply
    }

    /// The next reply as far as its body.
    pub fn reply_head(&mut self) -> Reply {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.fill(), "the connection ended before a reply");
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Reply { status, headers, body: Vec::new() }
    }

    /// Whether the server ends the connection without another byte.
    pub fn ends(&mut self) -> bool {
        self.unread.is_empty() && !self.fill()
    }

    fn fill(&mut self) -> bool {
        let mut bytes = [0; 4_096];
        match self.stream.read(&mut bytes) {
            Ok(0) => false,
            Ok(len) => {
                self.unread.extend_from_slice(&bytes[..len]);
                true
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => false,
            Err(error) => panic!("no reply: {error}"),
        }
    }
}

/// The head of a request whose body has `len` bytes.
pub fn head(method: &str, path: &str, headers: &[(&str, &str)], len: usize) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        head.push_str("host: localhost\r\n");
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if len > 0 {
        head.push_str(&format!("content-length: {len}\r\n"));
    }
    head + "\r\n"
}
