//! From definitions to a plan: build the graphs, settle the timelines, schedule each epoch.

use std::{collections::BTreeMap, sync::Arc};

use rules::{Rule, RuleSet};
use sql::definition::{Definitions, RuleMode};
use types::Epoch;

use super::{
    ModelSource, NodePlace, Plan, PlanDecision, PlanStream,
    graph::{Graph, NodeSource, digest, map_columns},
    raising, recorded_columns,
    schedule::{self, Levels},
};
use crate::Error;

pub(super) fn compile(
    epochs: &BTreeMap<Epoch, Arc<Definitions>>,
    models: ModelSource<'_>,
) -> Result<Plan, Error> {
    let (mut graph, mut decisions) = match together(epochs) {
        Err(Error::Cycle { .. }) => apart(epochs)?,
        other => other?,
    };
    for timeline in 0..graph.timelines.len() {
        settle(&mut graph, timeline);
    }
    let levels = Levels::of(&graph)?;
    for (timeline, level) in graph.timelines.iter_mut().zip(&levels.timelines) {
        timeline.level = *level;
    }
    let epochs = epochs
        .iter()
        .map(|(epoch, definitions)| {
            let decisions = decisions.remove(epoch).expect("every epoch has its decisions");
            (*epoch, schedule::epoch(&graph, &levels, Arc::clone(definitions), decisions))
        })
        .collect();
    let models = load_models(&graph, models)?;
    let streams = graph.streams.iter().map(plan_stream).collect();
    let observer = schedule::epoch(&graph, &levels, Arc::default(), Vec::new());
    let dropping = graph.dropping.into_iter().collect();
    let (timelines, key_sets) = (graph.timelines, graph.key_sets);
    let mut plan = Plan { streams, timelines, key_sets, models, dropping, epochs, observer };
    schedule::number_machines(&mut plan);
    Ok(plan)
}

/// The decisions of each epoch.
type Decisions = BTreeMap<Epoch, Vec<PlanDecision>>;

/// All epochs over timelines that they share.
fn together(epochs: &BTreeMap<Epoch, Arc<Definitions>>) -> Result<(Graph, Decisions), Error> {
    let mut graph = Graph::default();
    let mut decisions = BTreeMap::new();
    for (epoch, definitions) in epochs {
        decisions.insert(*epoch, epoch_decisions(&mut graph, definitions)?);
    }
    Levels::of(&graph)?;
    Ok((graph, decisions))
}

/// All epochs over timelines that only neighbours share. One epoch may feed one timeline from another and a later epoch
/// the other way round, where each works by itself and no order of computation serves both.
fn apart(epochs: &BTreeMap<Epoch, Arc<Definitions>>) -> Result<(Graph, Decisions), Error> {
    let mut graph = Graph::default();
    let mut decisions = BTreeMap::new();
    for (epoch, definitions) in epochs {
        let before = graph.clone();
        let mut planned = epoch_decisions(&mut graph, definitions)?;
        if Levels::of(&graph).is_err() {
            graph = before;
            graph.part();
            planned = epoch_decisions(&mut graph, definitions)?;
            Levels::of(&graph)?;
        }
        decisions.insert(*epoch, planned);
    }
    Ok((graph, decisions))
}

fn plan_stream(stream: &super::graph::StreamGraph) -> PlanStream {
    let place = |node: &super::graph::Node| match node.source {
        NodeSource::Input(column) => NodePlace::Input(column),
        _ => NodePlace::Computed(node.data_type),
    };
    PlanStream { definition: Arc::clone(&stream.definition), nodes: stream.nodes.iter().map(place).collect() }
}

fn load_models(graph: &Graph, models: ModelSource<'_>) -> Result<Vec<Arc<trees::Model>>, Error> {
    let load = |blob| models(blob).map_err(|reason| Error::Model { model: blob.0.clone(), reason });
    graph.models.iter().map(load).collect()
}

fn epoch_decisions(graph: &mut Graph, definitions: &Definitions) -> Result<Vec<PlanDecision>, Error> {
    for stream in definitions.streams.values() {
        graph.stream(stream);
    }
    let mut planned = Vec::with_capacity(definitions.decisions.len());
    for (name, decision) in &definitions.decisions {
        let view = definitions
            .views
            .get(&decision.view)
            .ok_or_else(|| Error::Undefined(format!("view {}", decision.view)))?;
        let stream = definitions
            .streams
            .get(&view.stream)
            .ok_or_else(|| Error::Undefined(format!("stream {}", view.stream)))?;
        let stream = graph.stream(stream);
        let nodes = graph.slots(stream, &view.slots, definitions)?;
        let recorded: Vec<usize> =
            recorded_columns(view).into_iter().map(|column| view.columns[column].slot).collect();
        let told = |slot: &usize| raising::told(graph, stream, &view.slots, &nodes, *slot);
        let columns_told = recorded.iter().map(told).collect();
        let filter_told = view.filter.iter().flat_map(told).collect();
        let columns = recorded.iter().map(|slot| nodes[*slot]).collect();
        let own_rules = definitions.rules.range((name.clone(), String::new())..);
        let own_rules = own_rules.take_while(|((decision, _), _)| decision == name).map(|(_, rule)| rule);
        let mut conditions = Vec::new();
        let mut verdicts = Vec::new();
        let mut rule_names = Vec::new();
        for rule in own_rules {
            let condition = map_columns(&rule.condition, &mut |column| nodes[view.columns[column].slot]);
            conditions.push(graph.scalar(stream, condition, Vec::new()));
            rule_names.push(rule.name.clone());
            let outcome = u8::try_from(rule.outcome).expect("the binder bounds outcomes at 32");
            verdicts.push(Rule { outcome, shadow: rule.mode == RuleMode::Shadow });
        }
        planned.push(PlanDecision {
            name: name.clone(),
            stream,
            filter: view.filter.map(|slot| nodes[slot]),
            filter_told,
            columns,
            columns_told,
            rule_names,
            conditions,
            rules: RuleSet::new(verdicts),
        });
    }
    Ok(planned)
}

/// Gives a timeline its final column order, identities, label and retention.
fn settle(graph: &mut Graph, index: usize) {
    let writer = &graph.streams[graph.timelines[index].sides[0].stream];
    let timeline = &graph.timelines[index];
    let mut order: Vec<usize> = (0..timeline.columns.len()).collect();
    order.sort_by_key(|column| writer.nodes[timeline.columns[*column]].identity);
    let column_identities: Vec<u128> =
        order.iter().map(|column| writer.nodes[timeline.columns[*column]].identity).collect();
    let identity = format!("{:032x}", digest(&graph.rows_identity(timeline)));
    let key_horizon = timeline.spec.key_horizon;
    let reach = timeline.spec.aggregates.iter().map(|aggregate| aggregate.frame.reach(key_horizon)).max();
    let lateness =
        timeline.sides.iter().map(|side| graph.streams[side.stream].definition.allowed_lateness).max();
    let retention = reach.unwrap_or(0).saturating_add(lateness.unwrap_or(0));
    let label = label(graph, index);

    let timeline = &mut graph.timelines[index];
    let place = |column: usize| order.iter().position(|old| *old == column).expect("order is a permutation");
    for aggregate in &mut timeline.spec.aggregates {
        aggregate.argument = aggregate.argument.map(place);
        aggregate.filter = aggregate.filter.map(place);
    }
    timeline.columns = order.iter().map(|column| timeline.columns[*column]).collect();
    timeline.spec.columns = order.iter().map(|column| timeline.spec.columns[*column]).collect();
    timeline.column_identities = column_identities;
    timeline.identity = identity;
    timeline.label = label;
    timeline.retention = retention;
}

fn label(graph: &Graph, index: usize) -> String {
    let writer = &graph.timelines[index].sides[0];
    let stream = &graph.streams[writer.stream];
    let key = graph.key_sets[writer.key_set].nodes.iter().map(|node| match &stream.nodes[*node].source {
        NodeSource::Input(column) => stream.definition.schema.fields[*column].name.clone(),
        _ => "(expression)".to_owned(),
    });
    format!("{}({})", stream.definition.name, key.collect::<Vec<_>>().join(", "))
}
