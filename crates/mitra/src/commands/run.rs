//! `mitra up` and `mitra run`: a project's server, from its folder to a clean stop.

use std::{
    io::IsTerminal as _,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clap::Args;
use console::Console;
use runtime::node::{Handle, Node};
use serve::{
    Options, Pages, Server, Token,
    metrics::{Histogram, Registry, Snapshot},
};
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
};

use super::folder::Folder;
use crate::{
    backend::{Backend, Parts},
    bound::Bound,
    demo::{Demo, Target, Traffic},
    endpoint::Endpoint,
    open,
    project::{DemoSection, Project},
    screen::{self, LogFormat},
    sinks::Sinks,
    watch::Watches,
};

/// Arguments of `mitra run`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// The data directory, when it is not the project's.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Address and port, when it is not the project's.
    #[arg(long)]
    listen: Option<String>,
    /// Address and port of the SQL endpoint, when it is not the project's; `none` starts none.
    #[arg(long, value_name = "LISTEN")]
    query: Option<String>,
    /// How to tell what happens, when it is not as the project says.
    #[arg(long)]
    log: Option<LogFormat>,
}

/// Arguments of `mitra up`.
#[derive(Debug, Args)]
pub struct UpArguments {
    #[command(flatten)]
    server: Arguments,
    /// Events a second of the demo traffic, when it is not the project's.
    #[arg(long)]
    rate: Option<u32>,
}

/// Period of the status line.
const STATUS_PERIOD: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or Ctrl-C.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let project = Project::open(arguments.folder.path())?;
    serve_until_stopped(arguments, &project, None)
}

/// Serves and sends the project's demo traffic, until SIGTERM or Ctrl-C.
pub fn up(arguments: &UpArguments) -> Result<ExitCode> {
    let project = Project::open(arguments.server.folder.path())?;
    let demo = project.configuration.demo.clone().map(|section| {
        let rate = arguments.rate.unwrap_or(section.rate);
        DemoSection { rate, ..section }
    });
    serve_until_stopped(&arguments.server, &project, demo)
}

fn serve_until_stopped(
    arguments: &Arguments,
    project: &Project,
    demo: Option<DemoSection>,
) -> Result<ExitCode> {
    screen::set_format(arguments.log.unwrap_or(project.configuration.log.format));
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("mitra-http").build()?;
    let _ignored = ignore_file_size_signal(&tokio)?;
    let registry = Arc::new(Registry::default());
    let server = bind(project, arguments, &tokio, &registry)?;
    let address = server.local_addr();
    let (opened, opening) = tokio::sync::oneshot::channel::<()>();
    let server = tokio.spawn(async move {
        // The sender is dropped when all is open, or with the process.
        server.serve_opening(async { drop(opening.await) }).await;
        server
    });
    let (processor, report, applied) =
        open::processor(project, arguments.data.clone(), Arc::new(project.clock))?;
    open::tell(&report, applied.as_ref());
    let stop = {
        let _inside = tokio.enter();
        stop_signal()?
    };
    let directory = arguments.data.clone().unwrap_or_else(|| project.data_directory());
    let traffic = demo.map(|section| Traffic::new(&section, project.clock, !processor.has_events()));
    let (history, index) = (processor.history(), processor.index());
    let node = Node::start(processor, project.configuration.server.queue_len_max);
    let _bound = Bound::start(project, &directory, node.handle());
    let sinks = Sinks::start(project, &directory, node.handle(), Arc::clone(&history), Arc::clone(&registry));
    let backend = Arc::new(Backend::new(Parts {
        handle: node.handle(),
        history,
        index,
        tokens: ingest::tokens::TokenKey::new(&project.pii_key()?),
        project: project.configuration.project.name.clone(),
        directory: directory.clone(),
        protected: project.protected(&directory),
        registry: Arc::clone(&registry),
    }));
    let latency = latency(&registry);
    let (pages, console) = start_console(project, &tokio, &backend, &latency)?;
    drop(opened);
    let server = tokio.block_on(server)?.with_pages(pages);
    let url = format!("http://{}", reachable(address));
    let demo = traffic.map(|traffic| start_demo(traffic, project, &directory, &url, &node.handle()));
    let demo = demo.transpose()?;
    // After the demo's past, which comes before everything that arrives now.
    let watches = Watches::start(project, &directory, &backend.target())?;
    let endpoint = Endpoint::start(project, &directory, &url, arguments.query.as_deref());
    greet(project, &url, demo.is_some(), &node.handle(), &endpoint);
    let stop = async {
        stop.await;
        console.close();
    };
    let drained = tokio.block_on(async {
        let status = tokio::spawn(show_status(node.handle(), latency, demo.as_ref().map(Demo::latest)));
        let drained = server.serve(backend, stop).await;
        status.abort();
        drained
    });
    say!("\nstopping: {} connections finished, {} cut", drained.finished, drained.cut);
    demo.into_iter().for_each(Demo::stop);
    endpoint.stop();
    watches.stop();
    node.stop()?;
    sinks.finish()?;
    say!("stopped; everything acknowledged is in {}", directory.display());
    Ok(ExitCode::SUCCESS)
}

/// How long callers wait for decisions, as the server counts it.
fn latency(registry: &Registry) -> Histogram {
    registry.histogram(
        "mitra_decide_seconds",
        "From a whole request for a decision to its durable answer.",
        &[],
    )
}

fn start_console(
    project: &Project,
    tokio: &Runtime,
    backend: &Arc<Backend>,
    latency: &Histogram,
) -> Result<(Pages, Console)> {
    let token = project.server_token()?.map(Token::new);
    let _inside = tokio.enter();
    Ok(Console::start(Arc::clone(backend), latency.clone(), token))
}

fn bind(
    project: &Project,
    arguments: &Arguments,
    tokio: &Runtime,
    registry: &Arc<Registry>,
) -> Result<Server> {
    let server = &project.configuration.server;
    let options = Options {
        listen: arguments.listen.clone().unwrap_or_else(|| server.listen.clone()),
        token: project.server_token()?.map(Token::new),
        ..Options::default()
    };
    let _inside = tokio.enter();
    Ok(Server::bind(options, Arc::clone(registry))?)
}

/// An address that answers on this machine: one that stands for all of the machine's is nobody's to call.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Decides on the traffic's history, if it has one, then sends the rest.
fn start_demo(
    mut traffic: Traffic,
    project: &Project,
    directory: &Path,
    url: &str,
    handle: &Handle,
) -> Result<Demo> {
    import_history(&mut traffic, project, &directory.join("demo-history"), handle)?;
    let definitions = handle.shared().catalog().current();
    let over_payments = definitions
        .decisions
        .values()
        .find(|decision| definitions.views.get(&decision.view).is_some_and(|view| view.stream == "payments"));
    let decision = over_payments.map(|decision| decision.name.clone());
    let token = project.server_token()?;
    Ok(traffic.send(Target { url: url.to_owned(), decision, token }))
}

/// The past goes through files in `folder`, as `mitra ingest` reads them.
fn import_history(traffic: &mut Traffic, project: &Project, folder: &Path, handle: &Handle) -> Result<()> {
    let (names, count) = traffic.write_history(folder)?;
    if count > 0 {
        say!("deciding on {count} events of demo traffic that came before");
        let started = Instant::now();
        let definitions = handle.shared().catalog().current();
        let known = names.iter().filter_map(|name| {
            let stream = definitions.streams.get(*name)?;
            Some((Arc::clone(stream), folder.join(name).with_extension("ndjson")))
        });
        let inputs = ingest::files::merge(known.collect())?;
        let key = ingest::tokens::TokenKey::new(&project.pii_key()?);
        super::ingest::feed(inputs, &key, handle)?;
        let seconds = started.elapsed().as_secs_f64();
        say!("done in {seconds:.1} s, {:.0} a second", count as f64 / seconds);
    }
    std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}

fn greet(project: &Project, url: &str, traffic: bool, handle: &Handle, endpoint: &Endpoint) {
    let definitions = handle.shared().catalog().current();
    let name = &project.configuration.project.name;
    say!("{name} is deciding at {url}");
    say!("  watch it           {url} in a browser");
    for stream in definitions.streams.keys() {
        say!("  send events        POST {url}/v1/streams/{stream}");
    }
    for decision in definitions.decisions.keys() {
        say!("  ask for a decision POST {url}/v1/decide/{decision}");
        say!("  look one up        GET  {url}/v1/decisions/{decision}/<id>");
    }
    say!("  state and metrics  GET  {url}/v1/status, {url}/metrics");
    say!("  change rules       mitra sql --url {url} \"CREATE RULE ...\"");
    say!("  query with SQL     {}", endpoint.advice());
    if traffic {
        say!("  demo traffic is being sent by this program, through the same API");
    }
    say!("stop with Ctrl-C\n");
}

/// Takes over SIGTERM and SIGINT at once, so that none ends the process between readiness and the first wait.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot handle SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Lets a write beyond a limit on file sizes (`ulimit -f`) fail as on a full disk, which passes, where the signal would
/// end the process.
fn ignore_file_size_signal(tokio: &Runtime) -> std::io::Result<Signal> {
    let _inside = tokio.enter();
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))
}

/// Prints one line a second: in place on a terminal, every ten seconds otherwise.
async fn show_status(handle: Handle, latency: Histogram, latest: Option<impl Fn() -> Option<String>>) {
    let in_place = std::io::stdout().is_terminal() && !screen::is_json();
    let period = if in_place { STATUS_PERIOD } else { 10 * STATUS_PERIOD };
    let mut ticks = tokio::time::interval(period);
    ticks.tick().await;
    let mut last = (handle.shared().counters().events, latency.snapshot(), Instant::now());
    loop {
        ticks.tick().await;
        let now = (handle.shared().counters().events, latency.snapshot(), Instant::now());
        let line = status_line(&handle, &last, &now);
        let latest = latest.as_ref().and_then(|latest| latest());
        if in_place {
            let latest = latest.map_or(String::new(), |latest| format!("{latest}\n"));
            screen::show(&format!("\r\x1b[2K{latest}{line}"));
        } else {
            say!("{line}");
            latest.into_iter().for_each(|latest| say!("  {latest}"));
        }
        last = now;
    }
}

fn status_line(handle: &Handle, last: &(u64, Snapshot, Instant), now: &(u64, Snapshot, Instant)) -> String {
    let shared = handle.shared();
    if let Err(reason) = shared.ready() {
        return format!("not ready: {reason}");
    }
    let seconds = (now.2 - last.2).as_secs_f64();
    let rate = now.0.saturating_sub(last.0) as f64 / seconds;
    let recent = now.1.since(&last.1);
    let milliseconds = |quantile| recent.quantile_us(quantile).map_or(0.0, |micros| micros as f64 / 1000.0);
    let counters = shared.counters();
    let definitions = shared.catalog().current();
    let mut parts = vec![format!("{} events, {rate:.0}/s", now.0)];
    if recent.count() > 0 {
        parts.push(format!("decide p50 {:.1} ms p99 {:.1} ms", milliseconds(0.5), milliseconds(0.99)));
    }
    for decision in definitions.decisions.values() {
        let Some(counted) = counters.decisions.get(&decision.name) else { continue };
        let outcomes = decision.outcomes.iter().zip(&counted.outcomes);
        let shown: Vec<String> = outcomes.map(|(name, count)| format!("{name} {count}")).collect();
        parts.push(format!("{}: {}", decision.name, shown.join(", ")));
    }
    parts.push(format!("epoch {}", shared.figures().epoch));
    parts.join(" · ")
}
