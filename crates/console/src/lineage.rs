//! A picture of what reads what, from streams on the left to sinks on the right.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use crate::source::Definition;

const NODE_WIDTH: usize = 168;
const NODE_HEIGHT: usize = 34;
const COLUMN_GAP: usize = 64;
const ROW_GAP: usize = 12;
const ROW_HEIGHT: usize = NODE_HEIGHT + ROW_GAP;
const MARGIN: usize = 8;
/// Letters of a name that fit.
const NAME_CHARS_MAX: usize = 20;
/// More rules of a decision than this are drawn as one.
const RULES_MAX: usize = 12;
/// A picture of more is no picture.
const NODES_MAX: usize = 250;

/// The id of a definition's place on the page.
pub fn anchor(definition: &Definition) -> String {
    let decision = definition.decision.as_deref().map(|decision| format!("{decision}-")).unwrap_or_default();
    format!("{}-{decision}{}", definition.kind, definition.name)
}

/// A box of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    kind: &'static str,
    name: String,
    anchor: String,
    reads: Vec<usize>,
    column: usize,
    row: usize,
    /// Upper edge.
    top: usize,
}

/// The picture, or a word when there is too much for one.
pub fn picture(definitions: &[Definition]) -> Markup {
    let nodes = place(settle(nodes(definitions)));
    if nodes.len() > NODES_MAX {
        return html! { p.note { (nodes.len()) " definitions: too many for a picture." } };
    }
    let extent = |size: fn(&Node) -> usize| nodes.iter().map(size).max().map_or(0, |last| last + 1);
    let (columns, rows) = (extent(|node| node.column), extent(|node| node.row));
    let width = (2 * MARGIN + columns * (NODE_WIDTH + COLUMN_GAP)).saturating_sub(COLUMN_GAP);
    let height = (2 * MARGIN + rows * ROW_HEIGHT).saturating_sub(ROW_GAP);
    html! {
        div.lineage {
            svg viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height) role="img"
                aria-label="What reads what, from streams to sinks" {
                @for node in &nodes {
                    @for read in &node.reads { path.edge d=(edge(&nodes[*read], node)) {} }
                }
                @for node in &nodes { (drawn(node)) }
            }
        }
    }
}

/// Everything with a place in the flow; functions stand in expressions and have none.
fn nodes(definitions: &[Definition]) -> Vec<Node> {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for definition in definitions.iter().filter(|definition| definition.kind == "rule") {
        *rules.entry(definition.decision.as_deref().unwrap_or_default()).or_default() += 1;
    }
    let mut drawn_as_one: BTreeSet<&str> = BTreeSet::new();
    let mut nodes: Vec<Node> = Vec::new();
    let mut read_by: Vec<&Definition> = Vec::new();
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for definition in definitions.iter().filter(|definition| definition.kind != "function") {
        let decision = definition.decision.as_deref().unwrap_or_default();
        let mut name = definition.name.clone();
        if definition.kind == "rule" && rules[decision] > RULES_MAX {
            if !drawn_as_one.insert(decision) {
                continue;
            }
            name = format!("{} rules", rules[decision]);
        }
        if definition.kind != "rule" && definition.kind != "sink" {
            by_name.entry(&definition.name).or_default().push(nodes.len());
        }
        let (kind, anchor) = (definition.kind, anchor(definition));
        nodes.push(Node { kind, name, anchor, reads: Vec::new(), column: 0, row: 0, top: 0 });
        read_by.push(definition);
    }
    for (node, definition) in nodes.iter_mut().zip(read_by) {
        node.reads = definition
            .reads
            .iter()
            .filter_map(|read| by_name.get(read.as_str()))
            .flatten()
            .copied()
            .collect();
    }
    let all: Vec<Vec<usize>> = nodes.iter().map(|node| node.reads.clone()).collect();
    for node in &mut nodes {
        // What is read through another is drawn there.
        let through: BTreeSet<usize> =
            node.reads.iter().flat_map(|read| all[*read].iter().copied()).collect();
        node.reads.retain(|read| !through.contains(read));
    }
    nodes
}

/// Puts each box right of all that it reads. Nothing reads itself, so as many rounds as there are boxes are enough.
fn settle(mut nodes: Vec<Node>) -> Vec<Node> {
    for _ in 0..nodes.len() {
        let mut is_settled = true;
        for index in 0..nodes.len() {
            let column = nodes[index].reads.iter().map(|read| nodes[*read].column + 1).max().unwrap_or(0);
            is_settled &= nodes[index].column == column;
            nodes[index].column = column;
        }
        if is_settled {
            break;
        }
    }
    nodes
}

/// Gives rows: in each column, boxes are in the order of the middle of what they read, so that few edges cross. A column
/// stands in the middle of the height.
fn place(mut nodes: Vec<Node>) -> Vec<Node> {
    let columns = nodes.iter().map(|node| node.column).max().map_or(0, |last| last + 1);
    let rows = (0..columns)
        .map(|column| nodes.iter().filter(|node| node.column == column).count())
        .max()
        .unwrap_or(0);
    for column in 0..columns {
        let mut of_column: Vec<usize> =
            (0..nodes.len()).filter(|index| nodes[*index].column == column).collect();
        let middle = |index: &usize| {
            let reads = &nodes[*index].reads;
            let sum: usize = reads.iter().map(|read| nodes[*read].row).sum();
            sum as f64 / reads.len().max(1) as f64
        };
        of_column.sort_by(|a, b| middle(a).total_cmp(&middle(b)));
        let above = (rows - of_column.len()) * ROW_HEIGHT / 2;
        for (row, index) in of_column.into_iter().enumerate() {
            nodes[index].row = row;
            nodes[index].top = MARGIN + above + row * ROW_HEIGHT;
        }
    }
    nodes
}

fn left(node: &Node) -> usize {
    MARGIN + node.column * (NODE_WIDTH + COLUMN_GAP)
}

fn edge(from: &Node, to: &Node) -> String {
    let (x, y) = (left(from) + NODE_WIDTH, from.top + NODE_HEIGHT / 2);
    let (end_x, end_y) = (left(to), to.top + NODE_HEIGHT / 2);
    let bend = COLUMN_GAP / 2;
    format!("M{x} {y}C{} {y} {} {end_y} {end_x} {end_y}", x + bend, end_x - bend)
}

fn drawn(node: &Node) -> Markup {
    let (x, y) = (left(node), node.top);
    let mut name: String = node.name.chars().take(NAME_CHARS_MAX).collect();
    if node.name.chars().count() > NAME_CHARS_MAX {
        name.pop();
        name.push('…');
    }
    html! {
        a href=(format!("#{}", node.anchor)) class=(format!("node {}", node.kind)) {
            title { (node.kind) " " (node.name) }
            rect x=(x) y=(y) width=(NODE_WIDTH) height=(NODE_HEIGHT) rx="6" {}
            text x=(x + 10) y=(y + 15) class="kind" { (node.kind) }
            text x=(x + 10) y=(y + 28) { (name) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(kind: &'static str, name: &str, reads: &[&str]) -> Definition {
        let decision = (kind == "rule").then(|| reads[0].to_owned());
        let reads = reads.iter().map(|read| (*read).to_owned()).collect();
        Definition { kind, name: name.to_owned(), decision, reads, ..Definition::default() }
    }

    #[test]
    fn what_reads_stands_right_of_what_it_reads() {
        let definitions = [
            definition("stream", "payments", &[]),
            definition("table", "merchants", &[]),
            definition("view", "features", &["payments", "merchants"]),
            definition("model", "fraud", &[]),
            // A view reads what the views below it read, which is drawn once.
            definition("view", "scored", &["payments", "features", "merchants", "fraud"]),
            definition("decision", "risk", &["scored"]),
            definition("rule", "velocity", &["risk"]),
            definition("sink", "risk", &["risk"]),
        ];
        let nodes = place(settle(nodes(&definitions)));
        let columns: Vec<usize> = nodes.iter().map(|node| node.column).collect();
        assert_eq!(columns, [0, 0, 1, 0, 2, 3, 4, 4]);
        let places: BTreeSet<(usize, usize)> = nodes.iter().map(|node| (node.column, node.top)).collect();
        assert_eq!(places.len(), nodes.len(), "two boxes in one place");
        let picture = picture(&definitions).into_string();
        assert_eq!(picture.matches("class=\"edge\"").count(), 7);
        assert!(picture.contains("href=\"#rule-risk-velocity\""), "{picture}");
    }

    #[test]
    fn many_rules_are_one_box() {
        let mut definitions = vec![definition("decision", "risk", &[])];
        definitions.extend((0..40).map(|number| definition("rule", &format!("r{number}"), &["risk"])));
        let nodes = nodes(&definitions);
        assert_eq!(nodes.len(), 2);
        assert_eq!(nodes[1].name, "40 rules");
    }
}
