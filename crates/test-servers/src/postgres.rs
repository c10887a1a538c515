//! A PostgreSQL server of one test binary, on a Unix socket, without durability.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak, mpsc},
    time::Duration,
};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

/// A handle to the running server; it stops when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Postgres {
    server: Arc<Server>,
}

impl Postgres {
    /// For a client library: `host=... user=postgres dbname=postgres`. Collation "C", encoding UTF-8, time zone UTC.
    pub fn connection_string(&self) -> String {
        format!("host={} user=postgres dbname=postgres", self.server.directory.path().display())
    }
}

/// The server that other handles of this process hold, or a new one.
///
/// # Panics
/// When PostgreSQL is not installed or does not start.
pub fn postgres() -> Postgres {
    static RUNNING: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let server = running.upgrade().unwrap_or_else(|| Arc::new(Server::start()));
    *running = Arc::downgrade(&server);
    Postgres { server }
}

#[derive(Debug)]
struct Server {
    process: Child,
    directory: TempDir,
}

/// How long a start may take on a loaded machine.
const START_SECONDS_MAX: u64 = 120;

impl Server {
    fn start() -> Self {
        let programs = programs();
        let account = geteuid().is_root().then(unprivileged_account);
        let directory = tempfile::Builder::new()
            .prefix("mitra-postgres-")
            .tempdir()
            .expect("the temporary directory is writable");
        if let Some((user, group)) = account {
            chown(directory.path(), Some(user), Some(group)).expect("root may give a directory away");
        }
        let data = directory.path().join("data");
        initialise(&mut command(&programs.join("initdb"), directory.path(), account), &data);
        let mut process = command(&programs.join("postgres"), directory.path(), account)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(directory.path())
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "timezone=UTC",
                "-c",
                "max_connections=20",
            ])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was found");
        let started = wait_until_ready(&mut process);
        let server = Self { process, directory };
        if let Err(log) = started {
            panic!("postgres did not start:\n{log}");
        }
        server
    }
}

impl Drop for Server {
    /// SIGQUIT is PostgreSQL's immediate shutdown.
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw) {
            // One that has died already needs no signal.
            let _ = kill_process(pid, Signal::QUIT);
        }
        let _ = self.process.wait();
    }
}

fn initialise(initdb: &mut Command, data: &Path) {
    let made = initdb
        .arg("-D")
        .arg(data)
        .args(["--username=postgres", "--auth=trust", "--locale=C", "--encoding=UTF8", "--no-sync"])
        .output()
        .expect("the program was found");
    assert!(made.status.success(), "initdb failed:\n{}", String::from_utf8_lossy(&made.stderr));
}

/// Reads the log until the server accepts connections, and goes on reading so that the pipe never fills.
fn wait_until_ready(process: &mut Child) -> Result<(), String> {
    let log = BufReader::new(process.stderr.take().expect("it is piped"));
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        for line in log.lines().map_while(Result::ok) {
            if line.contains("ready to accept connections") {
                let _ = sender.send(Ok(()));
            }
            if text.len() < 1 << 16 {
                text.push_str(&line);
                text.push('\n');
            }
        }
        let _ = sender.send(Err(text));
    });
    receiver
        .recv_timeout(Duration::from_secs(START_SECONDS_MAX))
        .unwrap_or_else(|_| Err(format!("no answer within {START_SECONDS_MAX} s")))
}

fn command(program: &Path, directory: &Path, account: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(directory)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if let Some((user, group)) = account {
        command.uid(user).gid(group);
    }
    command
}

/// PostgreSQL refuses to run as root: the account `postgres`, else `nobody`.
fn unprivileged_account() -> (u32, u32) {
    let accounts = fs::read_to_string("/etc/passwd").expect("the list of accounts is readable");
    let account = |name: &str| {
        let mut fields = accounts
            .lines()
            .map(|line| line.split(':'))
            .find(|fields| fields.clone().next() == Some(name))?;
        let user = fields.nth(2)?.parse().ok()?;
        Some((user, fields.next()?.parse().ok()?))
    };
    account("postgres").or_else(|| account("nobody")).expect("an account postgres or nobody exists")
}

/// The directory of `initdb` and `postgres`.
fn programs() -> PathBuf {
    let given = std::env::var_os("MITRA_POSTGRES_BIN").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    given
        .into_iter()
        .chain(std::env::split_paths(&path))
        .chain(versions.into_iter().rev())
        .find(|directory| directory.join("initdb").is_file() && directory.join("postgres").is_file())
        .unwrap_or_else(|| {
            panic!(
                "no PostgreSQL server on this machine; install one with `apt-get install postgresql`, or name the \
                directory of initdb and postgres in MITRA_POSTGRES_BIN"
            )
        })
}
