//! Typed definitions, the binder's result: everything a name means, with every type resolved.

use std::{collections::BTreeMap, fmt, sync::Arc};

use expr::Expr;
use types::{DataType, Micros, Schema};
use windows::Frame;

use crate::{Statement, target::Target};

/// All definitions of one epoch, by name. Streams, tables, views and decisions are relations and share one name space,
/// functions have one of their own, so have models and sinks; rules are named within their decision.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    /// The statement that made each of them.
    pub statements: BTreeMap<Key, Arc<Statement>>,
    /// By name.
    pub functions: Functions,
    /// By name.
    pub streams: BTreeMap<String, Arc<Stream>>,
    /// By name.
    pub tables: BTreeMap<String, Arc<Table>>,
    /// By name.
    pub views: BTreeMap<String, Arc<View>>,
    /// By name.
    pub models: BTreeMap<String, Arc<Model>>,
    /// By name.
    pub decisions: BTreeMap<String, Arc<Decision>>,
    /// By decision and name.
    pub rules: BTreeMap<(String, String), Arc<Rule>>,
    /// By name.
    pub sinks: BTreeMap<String, Arc<Sink>>,
    /// Streams of earlier epochs that are gone, by name: the log keeps their rows.
    pub gone: BTreeMap<String, Arc<Stream>>,
    /// Incarnations of tables up to this epoch.
    pub incarnations: u64,
}

/// Functions by their names.
pub type Functions = BTreeMap<String, Arc<Function>>;

/// What a definition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `CREATE FUNCTION`.
    Function,
    /// `CREATE STREAM`.
    Stream,
    /// `CREATE TABLE`.
    Table,
    /// `CREATE VIEW`.
    View,
    /// `CREATE MODEL`.
    Model,
    /// `CREATE DECISION`.
    Decision,
    /// `CREATE RULE`.
    Rule,
    /// `CREATE SINK`.
    Sink,
}

/// The name of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// A rule's decision.
    pub decision: Option<String>,
    /// Its name.
    pub name: String,
}

/// Columns that a sink writes beside those of its decision's view.
pub const SINK_COLUMNS: [&str; 6] = ["position", "outcome", "fired", "fired_shadow", "late", "epoch"];

impl Kind {
    /// Every kind, from what others read to what reads.
    pub const ALL: [Self; 8] = [
        Self::Function,
        Self::Stream,
        Self::Table,
        Self::View,
        Self::Model,
        Self::Decision,
        Self::Rule,
        Self::Sink,
    ];

    /// Whether it shares the name space of what `FROM` and `ON` can name.
    pub const fn is_relation(self) -> bool {
        matches!(self, Self::Stream | Self::Table | Self::View | Self::Decision)
    }

    /// What it is called, as after `CREATE` but in small letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Stream => "stream",
            Self::Table => "table",
            Self::View => "view",
            Self::Model => "model",
            Self::Decision => "decision",
            Self::Rule => "rule",
            Self::Sink => "sink",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Key {
    /// The key of anything but a rule.
    pub fn new(kind: Kind, name: &str) -> Self {
        Self { kind, decision: None, name: name.to_owned() }
    }

    /// The key of a rule.
    pub fn rule(decision: &str, name: &str) -> Self {
        Self { kind: Kind::Rule, decision: Some(decision.to_owned()), name: name.to_owned() }
    }

    /// Whether both cannot exist at once.
    pub fn clashes_with(&self, other: &Self) -> bool {
        self == other || (self.kind.is_relation() && other.kind.is_relation() && self.name == other.name)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        self.decision.as_ref().map_or(Ok(()), |decision| write!(f, " on {decision}"))
    }
}

/// `CREATE FUNCTION`: an expression with parameters, put in place of each call when what calls it is bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Name.
    pub name: String,
    /// In order.
    pub parameters: Vec<Parameter>,
    /// Type of the value.
    pub result: DataType,
    /// An expression of the result's type whose `Column` indices are parameters. Functions below are inlined.
    pub body: Expr,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Type.
    pub data_type: DataType,
}

/// The content of a file that a statement names, by its hash: lower-case hex SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobHash(pub String);

/// `CREATE STREAM`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Name.
    pub name: String,
    /// Columns as declared.
    pub schema: Schema,
    /// Index of the `PRIMARY KEY` column: `TEXT` or `BIGINT`, not NULL.
    pub primary_key: usize,
    /// Index of the event-time column: `TIMESTAMPTZ`, not NULL.
    pub event_time: usize,
    /// Index of the column that stamps imported history; `None` for the event time.
    pub arrival_time: Option<usize>,
    /// Late beyond this: microseconds, default 1 hour.
    pub allowed_lateness: Micros,
    /// From the future beyond this: microseconds, default 5 minutes.
    pub future_max: Micros,
    /// Repeats are recognised for this long: microseconds, default 1 day.
    pub dedupe: Micros,
    /// The SQL tables keep this much: microseconds, default 7 days.
    pub hot: Micros,
    /// ROWS frames, lag and unbounded frames see nothing older: microseconds, default 90 days.
    pub key_horizon: Micros,
    /// Columns replaced by a keyed hash before the log.
    pub tokens: Vec<usize>,
}

/// A file's format, by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `.csv`, with a header line.
    Csv,
    /// `.ndjson` or `.jsonl`.
    Ndjson,
    /// `.parquet`.
    Parquet,
}

/// `CREATE TABLE ... FROM file('...')`: reference data.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Name.
    pub name: String,
    /// Columns as declared.
    pub schema: Schema,
    /// Index of the `PRIMARY KEY` column.
    pub primary_key: usize,
    /// The path as written.
    pub path: String,
    /// Format of the file.
    pub format: Format,
    /// Content of the file.
    pub blob: BlobHash,
    /// Number of its incarnation, from 1: another one since it was dropped or had another shape. Rows of one incarnation
    /// are not seen in another.
    pub incarnation: u64,
}

/// `CREATE VIEW` over one stream: a row of values for each event that passes the filter.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Name.
    pub name: String,
    /// The stream whose events make the rows.
    pub stream: String,
    /// Values in order of computation: a slot refers to earlier slots only. Views below are inlined.
    pub slots: Vec<Slot>,
    /// The columns, in order.
    pub columns: Vec<ViewColumn>,
    /// A boolean slot: the event has a row when it is true.
    pub filter: Option<usize>,
    /// Models, tables, streams and views that it reads, by name.
    pub reads: Vec<String>,
}

/// A column of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewColumn {
    /// Name.
    pub name: String,
    /// Index of its slot.
    pub slot: usize,
}

/// One value of a view's row.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// How it is made.
    pub source: Source,
    /// Its type.
    pub data_type: DataType,
    /// Slots that it reads as parts of its own expression, ascending: what they raise, it raises. Columns of views below are
    /// items of their own, NULL where they raised.
    pub hidden: Vec<usize>,
}

/// How a slot's value is made.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A column of the event.
    Input(usize),
    /// An expression whose `Column` indices are slots.
    Scalar(Expr),
    /// An aggregate over a frame of a timeline.
    Window(Window),
    /// A column of a reference table, as of the event: NULL when no row matches.
    Lookup {
        /// The table's name.
        table: String,
        /// The slot that equals the table's primary key, cast to its type.
        key: usize,
        /// Index of the table's column.
        column: usize,
    },
    /// A model's score: probability for binary objectives, value for regression.
    Predict {
        /// The model's name.
        model: String,
        /// A numeric or boolean slot for each feature, in the model's order.
        features: Vec<usize>,
    },
}

/// `function(argument) FILTER (WHERE filter) OVER (PARTITION BY key ORDER BY event_time frame)`, or the correlated
/// subquery that says the same over another stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The function.
    pub function: windows::Function,
    /// The frame.
    pub frame: Frame,
    /// Which rows.
    pub rows: WindowRows,
}

/// The rows that a window sees. All indices but `probe` are slots of the rows' own side.
#[derive(Clone, Debug, PartialEq)]
pub enum WindowRows {
    /// Earlier and present rows of this view's own stream.
    Own(Feed),
    /// Rows of a stream that is computed by slots of its own.
    Other {
        /// The stream.
        stream: String,
        /// Its slots, closed under reference.
        slots: Vec<Slot>,
        /// The rows.
        feed: Feed,
        /// Slots of the reading view, one for each key column and of the same type.
        probe: Vec<usize>,
    },
}

/// Slots that put a row on a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Feed {
    /// The timeline's key; a NULL in it joins no timeline. Empty: one timeline for all.
    pub key: Vec<usize>,
    /// `WHERE`: only rows where this slot is true enter the timeline.
    pub admit: Option<usize>,
    /// `FILTER`: only rows where this slot is true are aggregated.
    pub filter: Option<usize>,
    /// The argument; `None` for `count(*)`.
    pub argument: Option<usize>,
}

impl Feed {
    /// Every slot that it reads.
    pub fn slots(&self) -> impl Iterator<Item = usize> {
        self.key.iter().copied().chain(self.admit).chain(self.filter).chain(self.argument)
    }
}

/// `CREATE MODEL ... FROM '...'`.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Name.
    pub name: String,
    /// The path as written.
    pub path: String,
    /// Content of the file.
    pub blob: BlobHash,
    /// Names of the features, when the file has them.
    pub features: Option<Vec<String>>,
    /// Number of features.
    pub feature_count: usize,
}

/// `CREATE DECISION ... ON view OUTCOMES (...)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Name.
    pub name: String,
    /// The view whose rows are decided.
    pub view: String,
    /// From the default to the strongest.
    pub outcomes: Vec<String>,
}

/// Whether a rule's outcome counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleMode {
    /// It counts.
    Live,
    /// It is recorded and does not count.
    Shadow,
}

/// `CREATE RULE ... ON decision WHEN condition THEN outcome`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Name, unique in its decision.
    pub name: String,
    /// The decision.
    pub decision: String,
    /// A boolean expression whose `Column` indices are columns of the decision's view.
    pub condition: Expr,
    /// The condition as written.
    pub condition_text: String,
    /// Columns of the view that the condition reads, in order of appearance.
    pub reads: Vec<usize>,
    /// Index in the decision's outcomes.
    pub outcome: usize,
    /// `REASON`, for people.
    pub reason: Option<String>,
    /// Live or shadow.
    pub mode: RuleMode,
}

/// Whose rows a sink writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SinkSource {
    /// The records of a decision, by its name.
    Decision(String),
    /// The events of a stream that enter no timeline, by the stream's name: see [`crate::late`].
    Late(String),
}

impl fmt::Display for SinkSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decision(decision) => f.write_str(decision),
            Self::Late(stream) => f.write_str(&crate::late::name(stream)),
        }
    }
}

/// `CREATE SINK ... ON source [WHERE condition] TO target`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sink {
    /// Name.
    pub name: String,
    /// What is written.
    pub source: SinkSource,
    /// A boolean expression: of a decision's records over the view's columns followed by `outcome` (`TEXT`), of late
    /// events over [`crate::late::fields`].
    pub condition: Option<Expr>,
    /// Where the rows go.
    pub target: Target,
}

impl Sink {
    /// The file or folder that it writes, if it writes one.
    pub fn path(&self) -> Option<&str> {
        match &self.target {
            Target::File { path, .. } => Some(path),
            Target::Webhook(_) => None,
        }
    }

    /// What stays the same place under another definition: a file is known by its path, whatever the sink is called, and a
    /// webhook by its sink's name, whatever its address.
    pub fn place(&self) -> String {
        match &self.target {
            Target::File { path, .. } => path.clone(),
            Target::Webhook(_) => format!("webhook:{}", self.name),
        }
    }
}
