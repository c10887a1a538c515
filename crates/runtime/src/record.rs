//! A decision as people read it: the record of one event put together from its two frames and its epoch's names.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use engine::Admission;
use expr::ErrorCode;
use records::{
    input::InputBatch,
    output::{DecisionRows, OutputBatch},
};
use sql::definition::{Decision, Definitions, Rule, RuleMode, Stream, View};
use types::{Column, Epoch, Micros, Named, Position, Value, named};

/// The record of one event under one decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Name of the decision.
    pub decision: String,
    /// The event's primary key.
    pub id: String,
    /// Position of the event.
    pub position: Position,
    /// Epoch of the definitions that decided.
    pub epoch: Epoch,
    /// When the event was admitted.
    pub arrived: Micros,
    /// Whether the event was within its stream's bounds; one that was not is decided only if an answer was asked for.
    pub admission: Admission,
    /// `None` when the event was not decided: the decision's view has no row for it, or see `admission`.
    pub verdict: Option<Verdict>,
    /// The error that the view's WHERE raised, so that it has no row for the event.
    pub dropped: Option<ErrorCode>,
    /// Columns of the event.
    pub event: Named,
}

/// What was decided and what it saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The outcome.
    pub outcome: String,
    /// What the view's models said.
    pub scores: Named,
    /// The view's other columns that are not columns of the event.
    pub features: Named,
    /// Rules that fired, in name order.
    pub fired: Vec<Fired>,
    /// Items that raised an error.
    pub raised: Vec<(String, ErrorCode)>,
    /// Models that the view reads, with the hash of their files.
    pub models: Vec<(String, String)>,
}

/// A rule that fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Fired {
    /// Name.
    pub rule: String,
    /// The outcome that it asked for.
    pub outcome: String,
    /// Its reason, for people.
    pub reason: Option<String>,
    /// It did not count.
    pub shadow: bool,
    /// Its condition as written.
    pub condition: String,
    /// Columns that the condition read.
    pub saw: Named,
}

/// Names of one decision in one epoch.
#[derive(Clone, Debug)]
pub struct Names {
    /// The decision.
    pub decision: Arc<Decision>,
    /// Its index in name order.
    pub index: u16,
    /// Its view.
    pub view: Arc<View>,
    /// The view's stream.
    pub stream: Arc<Stream>,
    /// Its rules in name order.
    pub rules: Vec<Arc<Rule>>,
    /// Indices of the view's columns that are recorded.
    pub recorded: Vec<usize>,
    /// Names of the stream's columns.
    fields: named::Names,
    scores: Columns,
    features: Columns,
    /// By rule, names of the columns that its condition reads.
    saw: Vec<named::Names>,
    models: Vec<(String, String)>,
}

/// Some of the recorded columns.
#[derive(Clone, Debug)]
struct Columns {
    names: named::Names,
    /// Their places among those that are recorded.
    places: Vec<usize>,
}

/// The names of one epoch's decisions, each put together when it is first asked for.
#[derive(Debug, Default)]
pub struct Titles {
    definitions: Arc<Definitions>,
    decisions: BTreeMap<String, OnceLock<Option<Arc<Names>>>>,
}

impl Titles {
    /// Those of an epoch's definitions.
    pub fn new(definitions: Arc<Definitions>) -> Self {
        let decisions = definitions.decisions.keys().map(|name| (name.clone(), OnceLock::new())).collect();
        Self { definitions, decisions }
    }

    /// The epoch's definitions.
    pub fn definitions(&self) -> &Arc<Definitions> {
        &self.definitions
    }

    /// The names of `decision`; `None` when the epoch has no such decision.
    pub fn of(&self, decision: &str) -> Option<&Arc<Names>> {
        let names = self.decisions.get(decision)?;
        names.get_or_init(|| Names::of(&self.definitions, decision).map(Arc::new)).as_ref()
    }
}

impl Verdict {
    /// A column of the view that is recorded; `None` when there is none of this name.
    pub fn column(&self, name: &str) -> Option<Option<&Value>> {
        self.features.get(name).or_else(|| self.scores.get(name))
    }
}

impl Names {
    /// The names of `decision`; `None` when the epoch has no such decision.
    pub fn of(definitions: &Definitions, decision: &str) -> Option<Self> {
        let index = definitions.decisions.keys().position(|name| name == decision)?;
        let found = Arc::clone(&definitions.decisions[decision]);
        let view = Arc::clone(definitions.views.get(&found.view)?);
        let stream = Arc::clone(definitions.streams.get(&view.stream)?);
        let rules = definitions.rules.iter().filter(|((name, _), _)| name == decision);
        let rules: Vec<Arc<Rule>> = rules.map(|(_, rule)| Arc::clone(rule)).collect();
        let models = definitions.models.values().filter(|model| view.reads.contains(&model.name));
        let models = models.map(|model| (model.name.clone(), model.blob.0.clone())).collect();
        let recorded = engine::plan::recorded_columns(&view);
        let name = |column: &usize| view.columns[*column].name.as_str().into();
        let is_score = |column: usize| {
            matches!(view.slots[view.columns[column].slot].source, sql::definition::Source::Predict { .. })
        };
        let columns = |of_models: bool| {
            let places = (0..recorded.len()).filter(|place| is_score(recorded[*place]) == of_models);
            let places: Vec<usize> = places.collect();
            Columns { names: places.iter().map(|place| name(&recorded[*place])).collect(), places }
        };
        let (scores, features) = (columns(true), columns(false));
        let saw = rules.iter().map(|rule| rule.reads.iter().map(name).collect()).collect();
        let fields = stream.schema.fields.iter().map(|field| field.name.as_str().into()).collect();
        let index = u16::try_from(index).expect("the catalog bounds decisions");
        Some(Self {
            decision: found,
            index,
            stream,
            rules,
            fields,
            scores,
            features,
            saw,
            models,
            recorded,
            view,
        })
    }

    /// The value of the view's column for a record.
    fn value(
        &self,
        column: usize,
        input: (&[Column], usize),
        output: (&DecisionRows, usize),
    ) -> Option<Value> {
        if let Some(place) = self.recorded.iter().position(|recorded| *recorded == column) {
            return output.0.columns[place].value(output.1);
        }
        match self.view.slots[self.view.columns[column].slot].source {
            sql::definition::Source::Input(source) => input.0[source].value(input.1),
            _ => unreachable!("a column is recorded or the event's"),
        }
    }

    /// What the record at `record` of `block` says.
    fn verdict(&self, input: (&[Column], usize), block: &DecisionRows, record: usize) -> Verdict {
        let output = (block, record);
        let start: usize = block.fired_counts[..record].iter().map(|count| usize::from(*count)).sum();
        let fired = &block.fired[start..start + usize::from(block.fired_counts[record])];
        let fired = fired.iter().map(|rule| {
            let names = Arc::clone(&self.saw[usize::from(*rule)]);
            let rule = &self.rules[usize::from(*rule)];
            let saw = rule.reads.iter().map(|column| self.value(*column, input, output)).collect();
            Fired {
                rule: rule.name.clone(),
                outcome: self.decision.outcomes[rule.outcome].clone(),
                reason: rule.reason.clone(),
                shadow: rule.mode == RuleMode::Shadow,
                condition: rule.condition_text.clone(),
                saw: Named::new(names, saw),
            }
        });
        let raised = block.raised.iter().filter(|raised| raised.record as usize == record);
        let raised = raised.filter_map(|raised| {
            let item = usize::from(raised.item);
            let name = match self.recorded.get(item) {
                Some(column) => self.view.columns[*column].name.clone(),
                None => self.rules.get(item - self.recorded.len())?.name.clone(),
            };
            Some((name, ErrorCode::from_number(raised.code)?))
        });
        Verdict {
            outcome: self.decision.outcomes[usize::from(block.outcomes[record])].clone(),
            scores: self.scores.of(block, record),
            features: self.features.of(block, record),
            fired: fired.collect(),
            raised: raised.collect(),
            models: self.models.clone(),
        }
    }
}

impl Columns {
    fn of(&self, block: &DecisionRows, record: usize) -> Named {
        let values = self.places.iter().map(|place| block.columns[*place].value(record));
        Named::new(Arc::clone(&self.names), values.collect())
    }
}

/// Frames of one batch, with what is needed to read them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Position of the first event.
    pub base: Position,
    /// Epoch of all events.
    pub epoch: Epoch,
    /// The epoch's definitions and names.
    pub titles: Arc<Titles>,
    /// The events.
    pub input: InputBatch,
    /// Their outputs.
    pub output: OutputBatch,
}

impl Batch {
    /// The record of the event at `position`; `None` when the batch has no such event or it is another stream's.
    pub fn record(&self, decision: &str, position: Position) -> Option<Record> {
        let names = self.titles.of(decision)?;
        let offset = usize::try_from(position.checked_sub(self.base)?).ok()?;
        let (stream, row) = self.row(offset)?;
        let rows = &self.input.streams[stream];
        if rows.stream != names.stream.name {
            return None;
        }
        let event = (&rows.columns[..], row);
        let wanted = u32::try_from(offset).ok()?;
        let block = self.output.decisions.iter().find(|block| block.decision == names.index);
        let verdict = block.and_then(|block| {
            let record = block.events.binary_search(&wanted).ok()?;
            Some(names.verdict(event, block, record))
        });
        let dropped = block.and_then(|block| {
            let dropped = block.dropped.binary_search_by_key(&wanted, |dropped| dropped.event).ok()?;
            ErrorCode::from_number(block.dropped[dropped].code)
        });
        let id = rows.columns[names.stream.primary_key].value(row)?;
        let (arrived, times) = (self.input.arrived[offset], rows.columns[names.stream.event_time].as_i64()?);
        let (allowed_lateness, future_max) = (names.stream.allowed_lateness, names.stream.future_max);
        Some(Record {
            decision: decision.to_owned(),
            id: id.to_string(),
            position,
            epoch: self.epoch,
            arrived,
            admission: engine::admission(arrived, times[row], allowed_lateness, future_max),
            verdict,
            dropped,
            event: Named::new(
                Arc::clone(&names.fields),
                rows.columns.iter().map(|column| column.value(row)).collect(),
            ),
        })
    }

    /// The block and row of the event at `offset`.
    pub fn row(&self, offset: usize) -> Option<(usize, usize)> {
        let stream = *self.input.order.get(offset)?;
        let row = self.input.order[..offset].iter().filter(|other| **other == stream).count();
        Some((usize::from(stream), row))
    }
}
