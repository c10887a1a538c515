//! The correlated scalar subquery: an aggregate over another stream's rows, by equal keys within a bound of time.

mod conditions;

use sqlparser::{
    ast::{Query, SelectItem},
    tokenizer::Span,
};
use windows::Frame;

use expr::Expr;

use crate::{
    definition::{Feed, Functions, Slot, Source, Window, WindowRows},
    error::Fault,
    statement::Label,
    strictness::Strictness,
};

use super::{call::Call, place::Place, scalar, scope::Side, select, slots::Slots, view::Rows, window};

/// A subquery under construction.
struct Subquery<'a, 'b> {
    outer: &'a mut Rows<'b>,
    inner: Side,
    /// Key columns of the inner rows, each with the outer slot that it equals.
    keys: Vec<(usize, usize)>,
    /// Conditions on inner columns alone.
    filter: Option<Expr>,
    frame: Option<Frame>,
    span: Span,
}

pub(super) fn bind(query: &Query, span: Span, outer: &mut Rows<'_>) -> Result<Expr, Fault> {
    let select = select::only(query)?;
    let (from, joins) = select::from(select)?;
    if let Some(join) = joins.first() {
        let at = select::named(&join.relation).map_or(span, |named| named.name.span);
        return Err(Fault::unsupported(
            at,
            "a join within a subquery",
            "join in a view, and select from that",
        ));
    }
    if let Some(window) = select.named_window.first() {
        return Err(Fault::unsupported(
            window.0.span,
            "WINDOW within a subquery",
            "put it into a view below",
        ));
    }
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
        select.projection.as_slice()
    else {
        return Err(Fault::new(span, "a scalar subquery selects one aggregate")
            .help("write (SELECT count(*) FROM ... WHERE ...)"));
    };
    if outer.side.has_label(&from.label) {
        return Err(Fault::new(
            from.name.span,
            format!("{} is also a relation of the outer query", from.label),
        )
        .help(format!("give it an alias: FROM {} x", from.name.text)));
    }
    let inner = Side::open(&from.name, from.label, outer.definitions)?;
    outer.reads.insert(from.name.text.clone());
    if let Some(view) = outer.definitions.views.get(&from.name.text) {
        outer.reads.extend(view.reads.iter().cloned());
    }
    let mut subquery = Subquery { outer, inner, keys: Vec::new(), filter: None, frame: None, span };
    let condition = select.selection.as_ref().ok_or_else(|| subquery.no_time())?;
    conditions::bind(condition, &mut subquery)?;
    scalar::bind(value, &mut subquery)
}

impl Subquery<'_, '_> {
    /// Why a subquery without a bound of time is refused, with the bound to write.
    fn no_time(&self) -> Fault {
        let inner = format!("{}.{}", self.inner.relations[0].label, self.inner.event_time_name());
        let outer = format!("{}.{}", self.outer.side.relations[0].label, self.outer.side.event_time_name());
        Fault::new(self.span, "the subquery does not say which times it sees")
            .help(format!("write WHERE {inner} BETWEEN {outer} - INTERVAL '1 hour' AND {outer} AND ..."))
    }

    /// The slots that an aggregate needs, in an order that depends on it alone.
    fn prune(&self, keys: &[usize], filter: Option<usize>, argument: Option<usize>) -> (Vec<Slot>, Feed) {
        let from = self.inner.slots.as_slice();
        let mut slots = Slots::default();
        let mut copied = vec![None; from.len()];
        let mut copy = |slot: usize| slots.import(from, slot, &mut copied);
        let key = keys.iter().map(|slot| copy(*slot)).collect();
        let feed = Feed {
            key,
            admit: self.inner.filter.map(&mut copy),
            filter: filter.map(&mut copy),
            argument: argument.map(&mut copy),
        };
        (slots.into_vec(), feed)
    }

    fn aggregate(&mut self, call: &Call<'_>) -> Result<Expr, Fault> {
        let function = window::function(call)?;
        if call.over.is_some() || super::call::is_window_only(&call.name) {
            return Err(Fault::unsupported(
                call.span,
                "a window function within a subquery",
                "compute it in a view, and select from that",
            ));
        }
        let own =
            call.filter.map(|filter| scalar::condition(filter, "FILTER", &mut Inner(self))).transpose()?;
        let filter = match (self.filter.clone(), own) {
            (Some(conditions), Some(own)) => Some(Expr::And(Box::new(conditions), Box::new(own))),
            (conditions, own) => conditions.or(own),
        };
        let filter = filter.map(|filter| self.inner.slots.scalar(filter));
        let (function, argument) = match window::count_rows(function, call)? {
            Some(function) => (function, None),
            None => {
                let value = scalar::bind(call.only_argument()?, &mut Inner(self))?;
                let function = if call.distinct { windows::Function::CountDistinct } else { function };
                (function, Some(self.inner.slots.scalar(value)))
            }
        };
        let argument_type = argument.map(|slot| self.inner.slots.get(slot).data_type);
        let data_type = window::result_type(function, call, argument_type)?;
        let frame = self.frame.expect("the conditions gave the frame");
        let inner_keys: Vec<usize> = self.keys.iter().map(|(inner, _)| *inner).collect();
        let (slots, feed) = self.prune(&inner_keys, filter, argument);
        let rows = WindowRows::Other {
            stream: self.inner.stream.name.clone(),
            slots,
            feed,
            probe: self.keys.iter().map(|(_, outer)| *outer).collect(),
        };
        let source = Source::Window(Window { function, frame, rows });
        let slot = self.outer.side.slots.intern(source, data_type);
        self.outer.places.entry(slot).or_insert(call.span);
        Ok(self.outer.side.slots.read(slot))
    }
}

/// The SELECT item: inner columns stand within aggregates, outer ones anywhere.
impl Place for Subquery<'_, '_> {
    fn column(&mut self, qualifier: Option<&Label>, name: &Label) -> Result<Expr, Fault> {
        if self.inner.find(qualifier, name)?.is_some() {
            return Err(Fault::new(
                name.span,
                format!("column {} stands outside of an aggregate", name.text),
            )
            .help(format!("write max({}), or another aggregate", name.text)));
        }
        if self.outer.side.find(qualifier, name)?.is_some() {
            return self.outer.column(qualifier, name);
        }
        Err(self.inner.unknown(qualifier, name))
    }

    fn special(&mut self, call: &Call<'_>) -> Result<Expr, Fault> {
        self.aggregate(call)
    }

    fn functions(&self) -> &Functions {
        &self.outer.definitions.functions
    }

    fn strictness(&self) -> Strictness {
        self.outer.strictness
    }

    fn subquery(&mut self, _: &Query, span: Span) -> Result<Expr, Fault> {
        Err(nested(span))
    }
}

/// Expressions of the inner rows alone.
struct Inner<'s, 'a, 'b>(&'s mut Subquery<'a, 'b>);

impl Place for Inner<'_, '_, '_> {
    fn column(&mut self, qualifier: Option<&Label>, name: &Label) -> Result<Expr, Fault> {
        let side = &mut self.0.inner;
        if let Some(found) = side.find(qualifier, name)? {
            let slot = side.slot(found);
            return Ok(side.slots.read(slot));
        }
        if self.0.outer.side.find(qualifier, name)?.is_some() {
            return Err(Fault::unsupported(
                name.span,
                &format!("column {} of the outer query within an aggregate", name.text),
                "aggregate columns of the inner stream, and combine the result with outer columns",
            ));
        }
        Err(side.unknown(qualifier, name))
    }

    fn special(&mut self, call: &Call<'_>) -> Result<Expr, Fault> {
        Err(Fault::new(call.span, format!("{} cannot stand in WHERE or within an aggregate", call.name))
            .help("compute it in a view, and select from that"))
    }

    fn functions(&self) -> &Functions {
        &self.0.outer.definitions.functions
    }

    fn strictness(&self) -> Strictness {
        self.0.outer.strictness
    }

    fn subquery(&mut self, _: &Query, span: Span) -> Result<Expr, Fault> {
        Err(nested(span))
    }
}

fn nested(span: Span) -> Fault {
    Fault::unsupported(span, "a subquery within a subquery", "compute it in a view, and select from that")
}

/// What a slot computes, as text that does not depend on the order in which slots were made.
pub(super) fn key_text(slots: &Slots, slot: usize) -> String {
    let mut alone = Slots::default();
    alone.import(slots.as_slice(), slot, &mut vec![None; slots.len()]);
    format!("{:?}", alone.as_slice())
}
