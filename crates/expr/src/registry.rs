//! The list of all functions and operators: what the binder resolves, the compiler runs and the documents print.

use std::fmt::Write as _;

use types::DataType;

use crate::{
    Expr, functions,
    prepared::Prepared,
    vector::{Arguments, Output},
};

/// The code of a signature: reads its arguments, writes every row's value and state.
pub type Kernel = fn(&Arguments<'_>, &mut Output<'_>);

/// A SQL type without its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `TEXT`.
    Text,
    /// `BIGINT`.
    BigInt,
    /// `DECIMAL` of any precision and scale.
    Decimal,
    /// `DOUBLE`.
    Double,
    /// `BOOLEAN`.
    Boolean,
    /// `TIMESTAMPTZ`.
    Timestamptz,
    /// `DATE`.
    Date,
    /// `INTERVAL`.
    Interval,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::BigInt,
        Self::Decimal,
        Self::Double,
        Self::Boolean,
        Self::Timestamptz,
        Self::Date,
        Self::Interval,
    ];

    /// The kind of a type.
    pub const fn of(data_type: DataType) -> Self {
        match data_type {
            DataType::Text => Self::Text,
            DataType::BigInt => Self::BigInt,
            DataType::Decimal { .. } => Self::Decimal,
            DataType::Double => Self::Double,
            DataType::Boolean => Self::Boolean,
            DataType::Timestamptz => Self::Timestamptz,
            DataType::Date => Self::Date,
            DataType::Interval => Self::Interval,
        }
    }

    /// The type of this kind; a decimal's scale is given.
    pub const fn data_type(self, scale: u8) -> DataType {
        match self {
            Self::Text => DataType::Text,
            Self::BigInt => DataType::BigInt,
            Self::Decimal => DataType::decimal(scale),
            Self::Double => DataType::Double,
            Self::Boolean => DataType::Boolean,
            Self::Timestamptz => DataType::Timestamptz,
            Self::Date => DataType::Date,
            Self::Interval => DataType::Interval,
        }
    }

    /// As SQL writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::BigInt => "BIGINT",
            Self::Decimal => "DECIMAL",
            Self::Double => "DOUBLE",
            Self::Boolean => "BOOLEAN",
            Self::Timestamptz => "TIMESTAMPTZ",
            Self::Date => "DATE",
            Self::Interval => "INTERVAL",
        }
    }
}

/// How a decimal result gets its scale.
pub type Scale = fn(&[Expr]) -> u8;

/// Compiles a literal argument; the text says what is wrong with it.
pub type Prepare = fn(&[Expr]) -> Result<Prepared, String>;

/// One way to call a function.
#[derive(Clone, Copy)]
pub struct Signature {
    /// Types of the arguments.
    pub parameters: &'static [Kind],
    /// Whether the last parameter may repeat.
    pub variadic: bool,
    /// Type of the result.
    pub result: Kind,
    /// The scale of a decimal result; the largest of the arguments' when there is none.
    pub scale: Option<Scale>,
    pub(crate) kernel: Kernel,
    pub(crate) prepare: Option<Prepare>,
}

impl Signature {
    pub(crate) const fn new(parameters: &'static [Kind], result: Kind, kernel: Kernel) -> Self {
        Self { parameters, variadic: false, result, scale: None, kernel, prepare: None }
    }

    pub(crate) const fn scale(mut self, scale: Scale) -> Self {
        self.scale = Some(scale);
        self
    }

    pub(crate) const fn prepare(mut self, prepare: Prepare) -> Self {
        self.prepare = Some(prepare);
        self
    }

    pub(crate) const fn variadic(mut self) -> Self {
        self.variadic = true;
        self
    }

    /// Whether it takes this many arguments.
    pub fn takes(&self, count: usize) -> bool {
        count == self.parameters.len() || (self.variadic && count > self.parameters.len())
    }

    /// The kind of the argument at `index`.
    pub fn parameter(&self, index: usize) -> Kind {
        self.parameters[index.min(self.parameters.len() - 1)]
    }

    pub(crate) fn result_type(&self, arguments: &[Expr]) -> DataType {
        let largest = || arguments.iter().map(|argument| argument.data_type().scale()).max().unwrap_or(0);
        let scale = if self.result == Kind::Decimal {
            self.scale.map_or_else(largest, |scale| scale(arguments))
        } else {
            0
        };
        self.result.data_type(scale)
    }
}

/// The chapters of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// `=`, `<`, `IS NULL`, ...
    Comparison,
    /// `AND`, `OR`, `NOT`.
    Logic,
    /// `CASE`, `COALESCE`, ...
    Conditional,
    /// Arithmetic and functions of numbers.
    Math,
    /// Functions of text, and `LIKE`.
    Text,
    /// How alike two texts are.
    Likeness,
    /// Regular expressions.
    Regex,
    /// Hashes, and bytes as text.
    Hash,
    /// Arrays within an expression.
    Array,
    /// JSON in text.
    Json,
    /// IP addresses and networks in text.
    Network,
    /// Places on the globe.
    Globe,
    /// Timestamps, dates and intervals.
    Time,
    /// `CAST`.
    Conversion,
}

impl Category {
    /// In the order of the reference.
    pub const ALL: [Self; 14] = [
        Self::Comparison,
        Self::Logic,
        Self::Conditional,
        Self::Math,
        Self::Text,
        Self::Likeness,
        Self::Regex,
        Self::Hash,
        Self::Array,
        Self::Json,
        Self::Network,
        Self::Globe,
        Self::Time,
        Self::Conversion,
    ];

    /// The chapter's heading.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Comparison => "Comparison",
            Self::Logic => "Logic",
            Self::Conditional => "Conditional expressions",
            Self::Math => "Numbers",
            Self::Text => "Text",
            Self::Likeness => "Likeness of texts",
            Self::Regex => "Regular expressions",
            Self::Hash => "Hashes and encodings",
            Self::Array => "Arrays",
            Self::Json => "JSON",
            Self::Network => "IP networks",
            Self::Globe => "The globe",
            Self::Time => "Time",
            Self::Conversion => "Conversion",
        }
    }
}

/// An expression and the text of its value; `error` instead of a text when it raises.
pub type Example = (&'static str, &'static str);

/// A function or operator.
#[derive(Clone, Copy)]
pub struct Entry {
    /// As in [`Expr::Call`]; an operator's is its symbol.
    pub name: &'static str,
    /// How SQL writes it.
    pub form: &'static str,
    /// Its chapter.
    pub category: Category,
    /// One sentence.
    pub description: &'static str,
    /// Tested against this crate and PostgreSQL.
    pub examples: &'static [Example],
    /// Empty for what is not a plain call: `CASE`, `COALESCE`, `AND`, `CAST`.
    pub signatures: &'static [Signature],
}

/// Every function and operator, in the order of the reference.
pub fn entries() -> &'static [Entry] {
    functions::ALL
}

/// The entry called `name`.
pub fn entry(name: &str) -> Option<&'static Entry> {
    entries().iter().find(|entry| entry.name == name)
}

/// The pairs of kinds that [`crate::cast`] converts, without those of a kind to itself (but a decimal's to another scale).
pub fn casts() -> impl Iterator<Item = (Kind, Kind)> {
    let all = Kind::ALL.into_iter().flat_map(|from| Kind::ALL.into_iter().map(move |to| (from, to)));
    all.filter(|(from, to)| functions::cast::kernel(*from, *to).is_some())
}

/// The signature of `name` that takes exactly these types.
pub(crate) fn exact(name: &str, arguments: &[Expr]) -> Option<&'static Signature> {
    entry(name)?.signatures.iter().find(|signature| {
        signature.takes(arguments.len())
            && arguments
                .iter()
                .enumerate()
                .all(|(index, argument)| signature.parameter(index) == Kind::of(argument.data_type()))
    })
}

/// The text of `docs/functions.md`.
pub fn document() -> String {
    let mut text = String::from(PREFACE);
    for category in Category::ALL {
        write!(text, "\n## {}\n\n", category.heading()).expect("a string takes all");
        text.push_str("| Form | Types | What it does | Example |\n| --- | --- | --- | --- |\n");
        for entry in entries().iter().filter(|entry| entry.category == category) {
            let cells = [
                format!("`{}`", entry.form),
                signatures(entry),
                entry.description.to_owned(),
                examples(entry),
            ];
            writeln!(text, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
                .expect("a string takes all");
        }
    }
    text
}

const PREFACE: &str = "# Functions and operators

This page is generated from the registry of crate `expr`; `UPDATE=1 cargo test -p expr reference` rewrites it.

Scalars follow PostgreSQL 15 in type, NULLs and values. Where PostgreSQL would raise, the item (a column, a rule) is NULL for
that row and the error is recorded beside it. BIGINT becomes DECIMAL or DOUBLE, DECIMAL becomes DOUBLE and DATE becomes
TIMESTAMPTZ where a function asks for it; a quoted literal takes the type that it stands beside. Text compares by bytes, and
letters outside ASCII have no case. Regular expressions are those of the `regex` crate.
";

fn signatures(entry: &Entry) -> String {
    if let Some(text) = for_every_type(entry) {
        return text;
    }
    let one = |signature: &Signature| {
        let parameters: Vec<&str> = signature.parameters.iter().map(|kind| kind.name()).collect();
        signature_text(&parameters, signature.variadic, signature.result.name())
    };
    entry.signatures.iter().map(one).collect::<Vec<_>>().join("<br>")
}

fn signature_text(parameters: &[&str], variadic: bool, result: &str) -> String {
    let dots = if variadic { ", ..." } else { "" };
    format!("({}{dots}) → {result}", parameters.join(", "))
}

/// One line for a function that takes any type, but the same in all arguments.
fn for_every_type(entry: &Entry) -> Option<String> {
    let first = entry.signatures.first()?;
    let uniform = |kind: &Kind| {
        entry
            .signatures
            .iter()
            .any(|signature| signature.parameters.iter().all(|parameter| parameter == kind))
    };
    if entry.signatures.len() != Kind::ALL.len() || !Kind::ALL.iter().all(uniform) {
        return None;
    }
    let parameters = vec!["T"; first.parameters.len()];
    let same_result = entry.signatures.iter().all(|signature| signature.result == first.result);
    let result = if same_result { first.result.name() } else { "T" };
    Some(format!("{} for any type T", signature_text(&parameters, first.variadic, result)))
}

fn examples(entry: &Entry) -> String {
    let one = |(expression, result): &Example| {
        let result = if result.is_empty() { "''" } else { result };
        format!("`{expression}` → `{result}`")
    };
    entry.examples.iter().map(one).collect::<Vec<_>>().join("<br>")
}
