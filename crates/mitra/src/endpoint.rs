//! The SQL endpoint beside us: another program, started with this one, watched, and stopped with it.
//!
//! It is found beside our own binary, shares no memory with us, and only its own exit is ever waited for: a query cannot slow
//! a decision.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::project::{Project, TOKEN_VARIABLE};

/// The other program.
const PROGRAM: &str = "mitra-query";
/// What `--query` and `listen` say for none.
const NONE: &str = "none";
/// How often it is started again after it ended by itself.
const RESTARTS_MAX: u32 = 5;
/// The wait before the first of them; each next one is twice as long.
const RESTART_PERIOD: Duration = Duration::from_secs(1);
/// How long it has to end when we do, before it is killed: a stop waits for no query, and what it has committed stays.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How often its end is looked for.
const STOP_PERIOD: Duration = Duration::from_millis(20);
/// When it has run for so long, earlier ends are forgotten.
const SETTLED: Duration = Duration::from_secs(60);

/// The endpoint, or why there is none.
pub struct Endpoint {
    advice: String,
    running: Option<Running>,
}

struct Running {
    shared: Arc<Shared>,
    watcher: JoinHandle<()>,
}

/// What the watcher and the one who stops it share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_stopping: bool,
    /// The program ends when this does, however we end.
    input: Option<ChildStdin>,
    process: Option<Pid>,
}

impl Endpoint {
    /// Starts it over the data directory, for the server at `url`, unless it is not wanted or not built.
    pub fn start(project: &Project, data: &Path, url: &str, listen: Option<&str>) -> Self {
        let section = &project.configuration.query;
        let listen = listen.unwrap_or(&section.listen);
        if !section.start || listen == NONE {
            return Self { advice: format!("{PROGRAM} {}", project.root.display()), running: None };
        }
        let Some(program) = program() else {
            let advice =
                format!("`cargo build --release -p {PROGRAM}` builds the endpoint; the next start finds it");
            return Self { advice, running: None };
        };
        let advice = match listen.rsplit_once(':') {
            Some((host, port)) => format!("psql -h {host} -p {port} mitra"),
            None => listen.to_owned(),
        };
        let mut command = Command::new(program);
        command.arg(&project.root).arg("--data").arg(data);
        command.arg("--archive").arg(project.archive_directory(data));
        command.args(["--mitra", url, "--listen", listen, "--until-stdin-ends", "--quiet"]);
        // A token that cannot be read has stopped us already.
        if let Ok(Some(token)) = project.server_token() {
            command.env(TOKEN_VARIABLE, token);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let shared = Arc::new(Shared::default());
        let of_watcher = Arc::clone(&shared);
        let watcher = thread::Builder::new().name("mitra-endpoint".to_owned());
        match watcher.spawn(move || of_watcher.watch(&mut command)) {
            Ok(watcher) => Self { advice, running: Some(Running { shared, watcher }) },
            Err(error) => Self { advice: format!("the endpoint cannot be watched: {error}"), running: None },
        }
    }

    /// How to query, for people.
    pub fn advice(&self) -> &str {
        &self.advice
    }

    /// Stops it and waits for its end.
    pub fn stop(self) {
        let Some(Running { shared, watcher }) = self.running else { return };
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_stopping = true;
        state.input = None;
        drop(state);
        watcher.thread().unpark();
        let until = Instant::now() + STOP_TIMEOUT;
        while !watcher.is_finished() && Instant::now() < until {
            thread::park_timeout(STOP_PERIOD);
        }
        if !watcher.is_finished() {
            let process = shared.state.lock().unwrap_or_else(PoisonError::into_inner).process;
            complain!("query_killed"; "{PROGRAM} does not end within {} s: it is killed", STOP_TIMEOUT.as_secs());
            if let Some(process) = process {
                // It may have ended by now.
                let _ = kill_process(process, Signal::KILL);
            }
        }
        // It has told what went wrong.
        let _ = watcher.join();
    }
}

/// The program beside this one, if it is built.
fn program() -> Option<PathBuf> {
    let program = env::current_exe().ok()?.with_file_name(PROGRAM);
    program.is_file().then_some(program)
}

impl Shared {
    fn is_stopping(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_stopping
    }

    /// Runs the program until it is to stop.
    fn watch(&self, command: &mut Command) {
        let mut restarts = 0;
        loop {
            let started = Instant::now();
            let end = match self.run(command) {
                None => return,
                Some(end) => end,
            };
            if started.elapsed() >= SETTLED {
                restarts = 0;
            }
            if restarts == RESTARTS_MAX {
                complain!("query_failed";
                    "{PROGRAM} {end}, for the {restarts}th time; decisions go on without it: start it by hand when it can run"
                );
                return;
            }
            let wait = RESTART_PERIOD * 2_u32.pow(restarts);
            complain!("query_ended"; "{PROGRAM} {end}; decisions go on, and it is started again in {} s", wait.as_secs());
            restarts += 1;
            let until = Instant::now() + wait;
            while let Some(rest) = until.checked_duration_since(Instant::now()) {
                if self.is_stopping() {
                    return;
                }
                thread::park_timeout(rest);
            }
        }
    }

    /// One run to its end; none when the end was asked for.
    fn run(&self, command: &mut Command) -> Option<String> {
        let mut child: Child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return Some(format!("cannot be started: {error}")),
        };
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.input = child.stdin.take().filter(|_| !state.is_stopping);
            state.process = Some(Pid::from_child(&child));
        }
        let ended = child.wait();
        self.state.lock().unwrap_or_else(PoisonError::into_inner).process = None;
        if self.is_stopping() {
            return None;
        }
        Some(match ended {
            Ok(status) => format!("ended by itself ({status})"),
            Err(error) => format!("cannot be watched: {error}"),
        })
    }
}
