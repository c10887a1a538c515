//! The console: pages that show a running system in a browser, rendered here and kept current by one stream of events.

mod chart;
mod feed;
mod figures;
mod layout;
mod lineage;
mod pages;
mod samples;
mod source;
mod syntax;

use std::sync::Arc;

use serve::{Pages, Token, metrics::Histogram};

use feed::Feed;
pub use feed::LATEST_MAX;
pub use source::{Definition, Health, Recent, Role, Source};

/// The running console. Its streams end when it is closed, which a server that drains waits for.
#[derive(Debug)]
pub struct Console {
    feed: Arc<Feed>,
}

impl Console {
    /// Starts to watch `source` once a second, and returns the routes of the pages. `latency` is of decisions asked for over
    /// HTTP; with a `token`, a person presents it once and the browser then holds a session.
    ///
    /// # Panics
    /// Outside a Tokio runtime with time.
    pub fn start<S: Source>(source: Arc<S>, latency: Histogram, token: Option<Token>) -> (Pages, Self) {
        let feed = Arc::new(Feed::new());
        spawn(feed::run(Arc::clone(&feed), Arc::clone(&source), latency));
        (pages::router(source, Arc::clone(&feed), token), Self { feed })
    }

    /// Ends all streams and the watching.
    pub fn close(&self) {
        self.feed.close();
    }
}

/// The only place where this crate starts a task. The watcher ends when the console is closed; when it is cancelled or hits a
/// bug, pages stand still and nothing else is harmed.
fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work);
}
