//! The end of a batch: rules over the rows of each decision, and the records that are kept of them.

use records::output::{DecisionRows, Dropped, OutputBatch, Raised};
use rules::Verdicts;
use types::{Column, Values};

use super::{Admission, Batch, StreamWork, Workspace};
use crate::plan::PlanDecision;

impl Batch<'_> {
    /// Replaces `output` by a block for each decision that has rows in the batch. The memory of former blocks is used
    /// again: that of a large batch would have to be asked of the system each time.
    pub fn decide(&self, workspace: &mut Workspace, output: &mut OutputBatch) {
        let mut former = std::mem::take(&mut output.decisions);
        let mut verdicts = std::mem::take(&mut workspace.verdicts);
        for (index, decision) in self.epoch.decisions.iter().enumerate() {
            let work = &workspace.streams[decision.stream];
            let rows = self.rows(decision, work);
            let dropped = self.dropped(decision, work);
            if rows.is_empty() && dropped.is_empty() {
                continue;
            }
            let conditions: Vec<&Column> =
                decision.conditions.iter().map(|node| self.column(decision.stream, *node, work)).collect();
            decision.rules.evaluate(&conditions, work.positions.len(), &mut verdicts);
            let index = u16::try_from(index).expect("the catalog bounds decisions");
            let used = former.iter().position(|block| block.decision == index);
            let mut block = used.map_or_else(DecisionRows::default, |used| former.swap_remove(used));
            block.decision = index;
            block.dropped = dropped;
            self.fill(&mut block, decision, work, &rows, &verdicts);
            output.decisions.push(block);
        }
        workspace.verdicts = verdicts;
    }

    /// Rows of the stream that the decision's view has and that may be decided.
    fn rows(&self, decision: &PlanDecision, work: &StreamWork) -> Vec<u32> {
        let filter = decision.filter.map(|node| self.column(decision.stream, node, work));
        let filter = filter.map(|column| (&column.nulls, column.as_boolean().expect("a filter is boolean")));
        (0..work.positions.len())
            .filter(|row| filter.is_none_or(|(nulls, values)| !nulls[*row] && values[*row]))
            .filter(|row| self.may_be_decided(work, *row))
            .map(|row| u32::try_from(row).expect("a batch has at most 8,192 events"))
            .collect()
    }

    fn may_be_decided(&self, work: &StreamWork, row: usize) -> bool {
        work.admissions[row] == Admission::OnTime || self.input.asked[work.offsets[row] as usize]
    }

    /// Events that the decision's view has no row for because its WHERE raised.
    fn dropped(&self, decision: &PlanDecision, work: &StreamWork) -> Vec<Dropped> {
        let Some(filter) = decision.filter else { return Vec::new() };
        let nulls = &self.column(decision.stream, filter, work).nulls;
        let raised = decision.filter_told.iter().flat_map(|node| &work.raised[*node]);
        let without = raised.filter(|raised| nulls[raised.row as usize]);
        let mut dropped: Vec<Dropped> = without
            .filter(|raised| self.may_be_decided(work, raised.row as usize))
            .map(|raised| Dropped { event: work.offsets[raised.row as usize], code: raised.code as u8 })
            .collect();
        dropped.sort_by_key(|dropped| dropped.event);
        dropped.dedup_by_key(|dropped| dropped.event);
        dropped
    }

    /// Replaces all of a block but its index and the events that it dropped.
    fn fill(
        &self,
        block: &mut DecisionRows,
        decision: &PlanDecision,
        work: &StreamWork,
        rows: &[u32],
        verdicts: &Verdicts,
    ) {
        block.events.clear();
        block.outcomes.clear();
        block.late.clear();
        block.fired_counts.clear();
        block.fired.clear();
        block.raised.clear();
        let mut starts = Vec::with_capacity(verdicts.fired_counts.len());
        let mut start = 0;
        for count in &verdicts.fired_counts {
            starts.push(start);
            start += usize::from(*count);
        }
        for row in rows.iter().map(|row| *row as usize) {
            let count = verdicts.fired_counts[row];
            block.events.push(work.offsets[row]);
            block.outcomes.push(verdicts.outcomes[row]);
            block.late.push(work.admissions[row] != Admission::OnTime);
            block.fired_counts.push(count);
            block.fired.extend_from_slice(&verdicts.fired[starts[row]..starts[row] + usize::from(count)]);
        }
        let columns = decision.columns.iter().map(|node| self.column(decision.stream, *node, work));
        block.columns.truncate(decision.columns.len());
        for (index, column) in columns.enumerate() {
            match block.columns.get_mut(index) {
                Some(former) if former.data_type == column.data_type => former.clear(),
                Some(former) => *former = Column::new(column.data_type),
                None => block.columns.push(Column::new(column.data_type)),
            }
            select(column, rows, &mut block.columns[index]);
        }
        self.raised(decision, work, rows, &mut block.raised);
    }

    fn raised(&self, decision: &PlanDecision, work: &StreamWork, rows: &[u32], raised: &mut Vec<Raised>) {
        let columns = decision.columns_told.iter().map(Vec::as_slice);
        let conditions = decision.conditions.iter().map(std::slice::from_ref);
        for (item, told) in columns.chain(conditions).enumerate() {
            for error in told.iter().flat_map(|node| &work.raised[*node]) {
                let Ok(record) = rows.binary_search(&error.row) else { continue };
                raised.push(Raised {
                    record: u32::try_from(record).expect("a batch has at most 8,192 events"),
                    item: u16::try_from(item).expect("the binder bounds columns and rules"),
                    code: error.code as u8,
                });
            }
        }
        raised.sort_by_key(|raised| (raised.record, raised.item));
        raised.dedup_by_key(|raised| (raised.record, raised.item));
    }
}

/// Appends the picked rows of a column, which are ascending, to an empty one of its type.
fn select(column: &Column, rows: &[u32], selected: &mut Column) {
    if rows.len() == column.len() {
        return selected.extend_from(column, 0..rows.len());
    }
    macro_rules! pick {
        ($from:expr, $to:expr) => {
            $to.extend(rows.iter().map(|row| $from[*row as usize]))
        };
    }
    match (&column.values, &mut selected.values) {
        (Values::Text(from), Values::Text(to)) => {
            rows.iter().for_each(|row| to.push(from.get(*row as usize)))
        }
        (Values::BigInt(from), Values::BigInt(to)) | (Values::Timestamptz(from), Values::Timestamptz(to)) => {
            pick!(from, to);
        }
        (Values::Decimal(from), Values::Decimal(to)) => pick!(from, to),
        (Values::Double(from), Values::Double(to)) => pick!(from, to),
        (Values::Boolean(from), Values::Boolean(to)) => pick!(from, to),
        (Values::Date(from), Values::Date(to)) => pick!(from, to),
        (Values::Interval(from), Values::Interval(to)) => pick!(from, to),
        _ => unreachable!("both columns have one type"),
    }
    selected.nulls.extend(rows.iter().map(|row| column.nulls[*row as usize]));
}
