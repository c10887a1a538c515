//! `docs/tour.md`, command by command: what the page shows is what comes.
//!
//! The page's `console` blocks are typed into one shell, in their order. A line that begins with `$ ` is a command, `> `
//! goes on with it, and `^C` stops the server that an earlier block has started; all other lines are what is shown. There
//! `…` stands for what differs from run to run: within a line for some text, alone on a line for some lines. The test
//! puts a folder of its own in the place of `/tmp/tour`, and a free port in the place of 7400.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

const FOLDER: &str = "/tmp/tour";
const ADDRESS: &str = "127.0.0.1:7400";
const ANYTHING: char = '…';
/// The counters that a server shows are a twentieth of a second behind, so a command that reads them is typed again until
/// they are as on the page, at most so often.
const READINGS_MAX: u32 = 200;

/// A command of the page with what it shows.
#[derive(Debug, PartialEq)]
struct Step {
    /// Line of the page, counted from 1.
    line: usize,
    /// `^C`, or what is typed.
    command: String,
    shown: Vec<String>,
}

/// The steps of the page.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (index, line) in page.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
            continue;
        }
        if !inside {
            continue;
        }
        let step = |command: &str| Step { line: index + 1, command: command.to_owned(), shown: Vec::new() };
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(step(command));
        } else if line == "^C" {
            steps.push(step(line));
        } else {
            let last = steps.last_mut().unwrap_or_else(|| panic!("line {}: no command", index + 1));
            match line.strip_prefix("> ") {
                Some(more) if last.shown.is_empty() => last.command += &format!("\n{more}"),
                _ => last.shown.push(line.to_owned()),
            }
        }
    }
    steps
}

/// Whether `line` is as `shown`, where `…` is any text that is not empty.
fn line_fits(shown: &str, line: &str) -> bool {
    let Some((start, rest)) = shown.split_once(ANYTHING) else { return shown == line };
    let Some(line) = line.strip_prefix(start) else { return false };
    let mut ends = line.char_indices().map(|(at, character)| at + character.len_utf8());
    ends.any(|end| line_fits(rest, &line[end..]))
}

/// Whether the lines are as `shown`, where a line with `…` alone is any lines, at least one.
fn lines_fit(shown: &[String], lines: &[&str]) -> bool {
    match shown {
        [] => lines.is_empty(),
        [first, rest @ ..] if first.trim() == "…" => {
            (1..=lines.len()).any(|many| lines_fit(rest, &lines[many..]))
        }
        [first, rest @ ..] => {
            lines.split_first().is_some_and(|(line, lines)| line_fits(first, line) && lines_fit(rest, lines))
        }
    }
}

/// The shell into which the page is typed.
struct Shell {
    /// In the place of [`FOLDER`].
    folder: tempfile::TempDir,
    /// Where the shell is.
    at: PathBuf,
    server: Option<Server>,
    /// In the place of [`ADDRESS`], once a server has said it.
    address: String,
}

struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already when the page is right.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Shell {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("the system gives a folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let at = fs::canonicalize(root).expect("the repository is there");
        Self { folder, at, server: None, address: ADDRESS.to_owned() }
    }

    fn here(&self, text: &str) -> String {
        let folder = self.folder.path().join("tour");
        text.replace(FOLDER, folder.to_str().expect("the folder's name is UTF-8"))
            .replace(ADDRESS, &self.address)
    }

    /// As the page writes it.
    fn on_page(&self, text: &str) -> String {
        let folder = self.folder.path().join("tour");
        text.replace(folder.to_str().expect("the folder's name is UTF-8"), FOLDER)
            .replace(&self.address, ADDRESS)
    }

    /// The command in a shell of its own, which stands where the last one was left and finds the program under test.
    fn bash(&self, command: &str) -> Command {
        let programs = crate::mitra().parent().expect("a program is in a folder").to_owned();
        let paths = env::var_os("PATH").unwrap_or_default();
        let paths = [programs].into_iter().chain(env::split_paths(&paths));
        let mut bash = Command::new("bash");
        bash.arg("-c").arg(command).current_dir(&self.at).stdin(Stdio::null()).env_remove("MITRA_TOKEN");
        bash.env("PATH", env::join_paths(paths).expect("paths have no colons"));
        bash.env("MITRA_URL", format!("http://{}", self.address));
        bash
    }

    /// Does what a line of the page says, and returns what comes, as the page would show it.
    fn type_in(&mut self, command: &str) -> String {
        let printed = match command {
            "^C" => self.stop(),
            command if command.starts_with("mitra run ") => self.serve(command),
            command => self.run(command),
        };
        self.on_page(&printed)
    }

    /// Runs a command to its end, and returns everything that it printed.
    fn run(&mut self, command: &str) -> String {
        let place = self.folder.path().join("place");
        let command = format!("{{ {}\n}} 2>&1; pwd > {}", self.here(command), place.display());
        let output = self.bash(&command).output().expect("bash starts");
        let place = fs::read_to_string(place).expect("the shell has said where it is");
        self.at = PathBuf::from(place.trim_end());
        String::from_utf8(output.stdout).expect("the program prints UTF-8")
    }

    /// Starts a server, and returns what it printed until it serves.
    fn serve(&mut self, command: &str) -> String {
        assert!(self.server.is_none(), "one server runs at a time");
        let command = format!("exec {} --listen 127.0.0.1:0 2>&1", self.here(command));
        let mut child = self.bash(&command).stdout(Stdio::piped()).spawn().expect("bash starts");
        let output = child.stdout.take().expect("the output is piped");
        let server = self.server.insert(Server { child, output: BufReader::new(output) });
        let mut printed = String::new();
        while !printed.ends_with("stop with Ctrl-C\n") {
            let read = server.output.read_line(&mut printed).expect("the program prints UTF-8");
            assert_ne!(read, 0, "the server did not start: {printed}");
        }
        let (_, address) = printed.split_once(" is deciding at http://").expect("it says where");
        self.address = address.lines().next().expect("there is a line").to_owned();
        printed
    }

    /// Stops the server as Ctrl-C does, and returns what it printed from then on. Its status lines come by the clock, and the page
    /// shows none.
    fn stop(&mut self) -> String {
        let mut server = self.server.take().expect("a server runs");
        kill_process(Pid::from_child(&server.child), Signal::INT).expect("the process runs");
        let mut rest = String::new();
        server.output.read_to_string(&mut rest).expect("the program prints UTF-8");
        assert!(
            server.child.wait().expect("the process ends").success(),
            "it stops without a complaint: {rest}"
        );
        let stopping = rest.find("stopping").expect("it says that it stops");
        rest.split_off(stopping)
    }
}

#[test]
fn the_tour_shows_what_comes() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tour.md"));
    let steps = steps(&page.expect("the page is there"));
    assert!(steps.len() > 20, "the page has commands");
    let mut shell = Shell::new();
    for step in &steps {
        let counts = step.command.contains("/v1/status") || step.command.contains("/metrics");
        let mut printed = String::new();
        for _ in 0..if counts { READINGS_MAX } else { 1 } {
            printed = shell.type_in(&step.command);
            if lines_fit(&step.shown, &printed.lines().collect::<Vec<_>>()) {
                break;
            }
        }
        let (shown, lines) = (&step.shown, printed.lines().collect::<Vec<_>>());
        assert!(
            lines_fit(shown, &lines),
            "docs/tour.md:{}: {}\nthe page shows\n{}\nbut this came\n{printed}",
            step.line,
            step.command,
            shown.join("\n")
        );
    }
    assert!(shell.server.is_none(), "the page stops what it starts");
}

#[test]
fn a_page_that_is_wrong_is_found() {
    let text = "a\n```console\n$ one \\\n> two\nshown 12\n…\n$ three\n^C\n```\n$ no\n```sh\n$ no\n```\n";
    let found = steps(text);
    let step = |line, command: &str, shown: &[&str]| Step {
        line,
        command: command.to_owned(),
        shown: shown.iter().map(|line| (*line).to_owned()).collect(),
    };
    let expected = [step(3, "one \\\ntwo", &["shown 12", "…"]), step(7, "three", &[]), step(8, "^C", &[])];
    assert_eq!(found, expected);
    let shown = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    for (pattern, lines, fits) in [
        (&["a … c"][..], &["a b c"][..], true),
        (&["a … c"], &["a  c"], false),
        (&["a … c"], &["a b c d"], false),
        (&["… c"], &["a c b c"], true),
        (&["a"], &["a", "b"], false),
        (&["a", "b"], &["a"], false),
        (&["a", "…", "d"], &["a", "b", "c", "d"], true),
        (&["a", "…", "d"], &["a", "d"], false),
        (&["a", "…", "d"], &["a", "b", "c"], false),
        (&[], &["a"], false),
    ] {
        assert_eq!(lines_fit(&shown(pattern), lines), fits, "{pattern:?} {lines:?}");
    }
}
