//! The columns of `<stream>_late` in a sink's WHERE.

use sqlparser::{ast, tokenizer::Span};
use types::Field;

use expr::Expr;

use crate::{
    definition::{Functions, Stream},
    error::{Fault, suggest},
    late,
    statement::Label,
    strictness::Strictness,
};

use super::{call::Call, place::Place};

/// The rows of a stream's late events.
pub(super) struct Columns<'a> {
    stream: &'a Stream,
    fields: Vec<Field>,
    functions: &'a Functions,
    strictness: Strictness,
}

impl<'a> Columns<'a> {
    /// Refuses a stream with a column that every row has beside the stream's.
    pub fn of(
        stream: &'a Stream,
        name: &Label,
        functions: &'a Functions,
        strictness: Strictness,
    ) -> Result<Self, Fault> {
        let own = stream.schema.fields.iter().find(|field| late::COLUMNS.contains(&field.name.as_str()));
        if let Some(field) = own {
            let message = format!(
                "stream {} has a column {}, which every late event's row has beside the stream's columns",
                stream.name, field.name
            );
            let help = "write the late events that are decided by a sink ON a decision, whose view gives it another name";
            return Err(Fault::new(name.span, message).help(help));
        }
        Ok(Self { stream, fields: late::fields(stream), functions, strictness })
    }

    /// Index of the column that says why.
    pub fn reason(&self) -> usize {
        let reason = self.fields.iter().position(|field| field.name == late::COLUMNS[1]);
        reason.expect("late events have a reason")
    }
}

impl Place for Columns<'_> {
    fn column(&mut self, qualifier: Option<&Label>, name: &Label) -> Result<Expr, Fault> {
        let relation = late::name(&self.stream.name);
        if let Some(qualifier) = qualifier
            && qualifier.text != relation
        {
            let fault = Fault::new(qualifier.span, format!("unknown relation {}", qualifier.text));
            return Err(fault.help(format!("write the column of {relation} alone")));
        }
        let Some(index) = self.fields.iter().position(|field| field.name == name.text) else {
            let names = self.fields.iter().map(|field| field.name.as_str());
            let message = format!("{relation} has no column {}", name.text);
            return Err(Fault { help: suggest(&name.text, names), ..Fault::new(name.span, message) });
        };
        Ok(expr::column(index, self.fields[index].data_type))
    }

    fn special(&mut self, call: &Call<'_>) -> Result<Expr, Fault> {
        Err(Fault::new(call.span, format!("{} cannot stand in a condition", call.name))
            .help("late events enter no timeline and are not scored: compare their columns"))
    }

    fn subquery(&mut self, _: &ast::Query, span: Span) -> Result<Expr, Fault> {
        Err(Fault::new(span, "a subquery cannot stand in a condition")
            .help("late events read no other stream: compare their columns"))
    }

    fn functions(&self) -> &Functions {
        self.functions
    }

    fn strictness(&self) -> Strictness {
        self.strictness
    }
}
