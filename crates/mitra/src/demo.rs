//! Made-up traffic for `mitra up`: the example's generator, sent through the HTTP API as a client would.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use payments_generator::{Config, Event, Generator};
use runtime::clock::{Clock, SystemClock};

use crate::project::DemoSection;

/// How often events are sent.
const PERIOD: Duration = Duration::from_millis(20);

/// A client that sends until it is stopped.
pub struct Demo {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Demo {
    /// Starts to send to `url`. Payments ask for `decision`, when the project has one over them.
    pub fn start(
        section: &DemoSection,
        url: String,
        decision: Option<String>,
        token: Option<String>,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let config = Config {
            seed: section.seed,
            start: SystemClock.now(),
            daily_rhythm: false,
            ..Config::at_rate(f64::from(section.rate))
        };
        let flag = Arc::clone(&stop);
        let work = move || send(config, &url, decision.as_deref(), token.as_deref(), &flag);
        let thread = thread::Builder::new()
            .name("mitra-demo".to_owned())
            .spawn(work)
            .expect("the system can start a thread");
        Self { stop, thread }
    }

    /// Stops to send.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the demo thread does not panic");
    }
}

fn send(config: Config, url: &str, decision: Option<&str>, token: Option<&str>, stop: &AtomicBool) {
    let agent =
        ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
    let started = Instant::now();
    let start = config.start;
    let mut generator = Generator::new(config).peekable();
    let mut body = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let now = start + i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX - start);
        while let Some(event) = generator.next_if(|event| event.received_at() <= now) {
            body.clear();
            event.write_json(&mut body);
            let path = match (&event, decision) {
                (Event::Payment(_), Some(decision)) => format!("{url}/v1/decide/{decision}"),
                _ => format!("{url}/v1/streams/{}", event.stream()),
            };
            let mut request = agent.post(path).content_type("application/json");
            if let Some(token) = token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            // A refused event is the server's to count; the status line shows it.
            drop(request.send(&body[..]));
            if stop.load(Ordering::Relaxed) {
                return;
            }
        }
        thread::park_timeout(PERIOD);
    }
}
