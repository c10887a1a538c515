//! What all pages have around them: head, navigation, the search for a decision.

use maud::{DOCTYPE, Markup, html};
use serve::Status;

/// The places of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The overview.
    Overview,
    /// The definitions.
    Definitions,
    /// The box for statements.
    Statements,
    /// A page that the navigation does not list.
    Elsewhere,
}

const NAVIGATION: [(Place, &str, &str); 3] = [
    (Place::Overview, "/", "Overview"),
    (Place::Definitions, "/definitions", "Definitions"),
    (Place::Statements, "/statements", "Add a rule"),
];

/// A whole page for somebody who may see the system.
pub fn page(status: &Status, place: Place, title: &str, content: &Markup) -> Markup {
    let title = format!("{title} · {} · Mitra", status.project);
    let header = html! {
        nav aria-label="Pages" {
            @for (there, path, name) in NAVIGATION {
                a href=(path) aria-current=[(there == place).then_some("page")] { (name) }
            }
        }
        form.search action="/decisions" method="get" role="search" {
            @if status.decisions.len() > 1 {
                select name="decision" aria-label="Decision" {
                    @for decision in &status.decisions { option { (decision.name) } }
                }
            } @else if let [decision] = &status.decisions[..] {
                input type="hidden" name="decision" value=(decision.name);
            }
            input type="search" name="id" placeholder="Event id" aria-label="Id of an event" aria-keyshortcuts="/" required;
            button { "Find" }
        }
        div #state { (state(status)) }
        button.theme #theme type="button" hidden title="Light or dark" aria-label="Light or dark" { "◐" }
    };
    document(&title, &status.project, &header, content)
}

/// A page for somebody who is not known yet.
pub fn plain(title: &str, content: &Markup) -> Markup {
    document(&format!("{title} · Mitra"), "", &html! {}, content)
}

fn document(title: &str, project: &str, header: &Markup, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/console.css";
                script src="/assets/console.js" {}
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header {
                    a.brand href="/" { "Mitra" @if !project.is_empty() { span { (project) } } }
                    (header)
                }
                main #content { (content) }
            }
        }
    }
}

/// Whether events are acknowledged, in a word.
pub fn state(status: &Status) -> Markup {
    let class = match status.state.as_str() {
        "ready" => "good",
        "full" => "waiting",
        _ => "bad",
    };
    html! {
        span class=(format!("pill {class}")) title=(status.reason) { (status.state) }
        span.offline { "not connected" }
    }
}
