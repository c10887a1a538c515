//! The shapes of requests that are compared.

use crate::events::Layout;

/// How events are sent.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What the table calls it.
    pub name: &'static str,
    /// Events of a request.
    pub events: u64,
    /// How Mitra is sent them; a peer that takes one layout only gets that.
    pub layout: Layout,
    /// Connections at once.
    pub connections: usize,
}

/// A caller a payment, a collector that waits for 100 or 1,000 of them, and a file in pieces of some 4 MB.
pub const SHAPES: [Shape; 4] = [
    Shape { name: "1", events: 1, layout: Layout::Object, connections: 64 },
    Shape { name: "100", events: 100, layout: Layout::Array, connections: 8 },
    Shape { name: "1,000", events: 1_000, layout: Layout::Array, connections: 8 },
    Shape { name: "8,000", events: 8_000, layout: Layout::Lines, connections: 4 },
];
