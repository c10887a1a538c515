//! The SQL endpoint of a project: started, asked and killed.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
    thread,
};

use postgres::{Client, NoTls};
use rustix::process::{Pid, Signal, kill_process};

use crate::program::Project;

/// An endpoint that answers; killed when dropped.
pub struct Endpoint {
    child: Child,
    pub host: String,
    pub port: String,
}

impl Endpoint {
    /// Starts it over the project's data; statements go to the server at `url`.
    pub fn start(project: &Project, url: &str, token: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mitra-query"));
        command.arg(project.path("")).args(["--listen", "127.0.0.1:0", "--mitra", url]);
        command.env_remove("MITRA_TOKEN").envs(token.map(|token| ("MITRA_TOKEN", token)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut stderr = child.stderr.take().expect("stderr is piped");
        let mut greeting = String::new();
        let (host, port) = loop {
            let start = greeting.len();
            if stdout.read_line(&mut greeting).expect("the program prints UTF-8") == 0 {
                let mut complaint = String::new();
                stderr.read_to_string(&mut complaint).expect("the program prints UTF-8");
                panic!("the endpoint did not start: {greeting}{complaint}");
            }
            if let Some((_, rest)) = greeting[start..].split_once("psql -h ") {
                let mut words = rest.split_whitespace();
                let (host, port) = (words.next(), words.nth(1));
                break (host.expect("a host").to_owned(), port.expect("a port").to_owned());
            }
        };
        // Somebody reads what it prints, so that it never waits for that.
        thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::stderr()));
        Self { child, host, port }
    }

    /// A connection.
    pub fn connect(&self) -> Client {
        let address = format!("host={} port={} user=analyst dbname=mitra", self.host, self.port);
        Client::connect(&address, NoTls).expect("the endpoint answers")
    }

    /// Waits until the tables hold the record at `position`.
    pub fn wait_for(&self, table: &str, position: u64) {
        let mut client = self.connect();
        let newest = format!("SELECT coalesce(max(position), -1) FROM {table}");
        let is_there = (0..ATTEMPTS).any(|_| {
            // Whoever is let in finds the tables that were defined before.
            let row = client.query_one(&newest, &[]).expect("the table is there");
            row.get::<_, i64>(0) >= i64::try_from(position).expect("positions are small here")
        });
        assert!(is_there, "position {position} does not come to {table}");
    }

    /// Ends the process as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("the process runs");
        self.child.wait().expect("the process ends");
    }

    /// Asks the process to stop, which must succeed.
    pub fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("the process runs");
        assert!(self.child.wait().expect("the process ends").success());
    }
}

/// Questions before a row counts as one that does not come: some tens of seconds.
const ATTEMPTS: u32 = 20_000;

impl Drop for Endpoint {
    fn drop(&mut self) {
        // The process may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
