//! `CREATE FUNCTION`, and its calls: the body is typed once, and its parameters are replaced by each call's arguments.

use sqlparser::{ast, tokenizer::Span};

use expr::Expr;
use types::DataType;

use crate::{
    definition::{Definitions, Function, Functions, Parameter},
    error::{Fault, suggest},
    parse::function::CreateFunction,
    statement::Label,
    strictness::Strictness,
    tokens,
};

use super::{
    call::{self, Call},
    data_type,
    place::Place,
    scalar,
};

/// Parameters of one function.
pub const PARAMETERS_MAX: usize = 100;

pub(super) fn bind(
    create: &CreateFunction,
    definitions: &Definitions,
    strictness: Strictness,
) -> Result<Function, Fault> {
    let name = &create.name;
    if tokens::is_word(&name.text) {
        let fault = Fault::new(name.span, format!("{} is a word of SQL", name.text));
        return Err(fault.help("choose another name: a call of it would be read as something else"));
    }
    let is_taken = expr::is_built_in(&name.text) || call::is_reserved(&name.text);
    if is_taken {
        let fault = Fault::new(name.span, format!("{} is a function that everybody has", name.text));
        strictness
            .refuse(fault.help("choose another name: what is called must not depend on the project"))?;
    }
    let parameters = parameters(create)?;
    let result = data_type::of_value(&create.result, create.result_span)?;
    let mut place = Parameters {
        name: &name.text,
        parameters: &parameters,
        functions: &definitions.functions,
        strictness,
    };
    let body = scalar::bind(&create.body, &mut place).map_err(|fault| fault.or_at(create.body_span))?;
    let body = result_of(body, result, create)?;
    let body = if create.strict { strict(body, &parameters, create.body_span)? } else { body };
    Ok(Function { name: name.text.clone(), parameters, result, body })
}

fn parameters(create: &CreateFunction) -> Result<Vec<Parameter>, Fault> {
    if create.parameters.len() > PARAMETERS_MAX {
        let message = format!("function {} has more than {PARAMETERS_MAX} parameters", create.name.text);
        return Err(Fault::new(create.name.span, message).help("split it into functions of fewer"));
    }
    let mut parameters: Vec<Parameter> = Vec::with_capacity(create.parameters.len());
    for given in &create.parameters {
        if parameters.iter().any(|known| known.name == given.name.text) {
            let message = format!("parameter {} is there twice", given.name.text);
            return Err(Fault::new(given.name.span, message).help("give one of them another name"));
        }
        let data_type = data_type::of_value(&given.data_type, given.type_span)?;
        parameters.push(Parameter { name: given.name.text.clone(), data_type });
    }
    Ok(parameters)
}

/// The body as the type that the function returns.
fn result_of(body: Expr, result: DataType, create: &CreateFunction) -> Result<Expr, Fault> {
    let given = body.data_type();
    match expr::assign(body, result).map_err(|error| scalar::fault(create.body_span, error))? {
        Some(body) => Ok(body),
        None => Err(Fault::new(create.body_span, format!("the body is {given}, RETURNS says {result}"))
            .help(format!("write RETURNS {given}, or CAST(... AS {result})"))),
    }
}

/// `CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE body END`.
fn strict(body: Expr, parameters: &[Parameter], span: Span) -> Result<Expr, Fault> {
    let is_null = |(index, parameter): (usize, &Parameter)| {
        expr::call("is_null", vec![expr::column(index, parameter.data_type)])
    };
    let mut tests = parameters.iter().enumerate().map(is_null);
    let data_type = body.data_type();
    let guarded = || {
        let Some(first) = tests.next() else { return Ok(body) };
        let any = tests.try_fold(first?, |any, test| expr::or(any, test?))?;
        expr::case(vec![(any, Expr::Literal { value: None, data_type })], Some(body))
    };
    guarded().map_err(|error| scalar::fault(span, error))
}

/// A call of a function that the definitions have, its arguments bound; `expanded` counts the nodes that such calls have
/// put into the whole expression.
pub(super) fn call(
    function: &Function,
    call: &Call<'_>,
    arguments: Vec<Expr>,
    expanded: &mut usize,
) -> Result<Expr, Fault> {
    if call.is_special() {
        let message = format!("{} is a function of one row, not an aggregate", function.name);
        return Err(Fault::new(call.span, message).help(format!("write {}(sum(x) OVER ...)", function.name)));
    }
    let form = || {
        let each =
            function.parameters.iter().map(|parameter| format!("{} {}", parameter.name, parameter.data_type));
        format!("write {}({})", function.name, each.collect::<Vec<_>>().join(", "))
    };
    if arguments.len() != function.parameters.len() {
        let (wanted, given) = (function.parameters.len(), arguments.len());
        let message = format!("{} takes {wanted} argument(s) and was given {given}", function.name);
        return Err(Fault::new(call.span, message).help(form()));
    }
    let mut values = Vec::with_capacity(arguments.len());
    for ((argument, parameter), ast) in arguments.into_iter().zip(&function.parameters).zip(&call.arguments) {
        let (given, at) = (argument.data_type(), scalar::span(ast));
        let value = expr::assign(argument, parameter.data_type).map_err(|error| scalar::fault(at, error))?;
        values.push(value.ok_or_else(|| {
            let (name, wanted) = (&parameter.name, parameter.data_type);
            let message = format!("parameter {name} of {} is {wanted} and was given {given}", function.name);
            Fault::new(at, message).help(format!("{}, or CAST(x AS {wanted})", form()))
        })?);
    }
    expr::substitute(&function.body, &values, expanded).map_err(|error| {
        let fault = scalar::fault(call.span, error);
        Fault { message: format!("in function {}: {}", function.name, fault.message), ..fault }
    })
}

/// The body's place: names are parameters.
struct Parameters<'a> {
    name: &'a str,
    parameters: &'a [Parameter],
    functions: &'a Functions,
    strictness: Strictness,
}

impl Place for Parameters<'_> {
    fn column(&mut self, qualifier: Option<&Label>, name: &Label) -> Result<Expr, Fault> {
        if let Some(qualifier) = qualifier.filter(|qualifier| qualifier.text != self.name) {
            let fault = Fault::new(qualifier.span, format!("unknown relation {}", qualifier.text));
            return Err(fault.help("a function reads its parameters only: write their names alone"));
        }
        let Some(index) = self.parameters.iter().position(|parameter| parameter.name == name.text) else {
            let names = self.parameters.iter().map(|parameter| parameter.name.as_str());
            let help = suggest(&name.text, names)
                .or_else(|| Some("a function reads its parameters only: pass the value".to_owned()));
            let message = format!("function {} has no parameter {}", self.name, name.text);
            return Err(Fault { help, ..Fault::new(name.span, message) });
        };
        Ok(expr::column(index, self.parameters[index].data_type))
    }

    fn special(&mut self, call: &Call<'_>) -> Result<Expr, Fault> {
        Err(Fault::new(call.span, format!("{} cannot stand in a function", call.name))
            .help("a function sees one row: pass the value as an argument"))
    }

    fn subquery(&mut self, _: &ast::Query, span: Span) -> Result<Expr, Fault> {
        Err(Fault::new(span, "a subquery cannot stand in a function")
            .help("a function reads its parameters only: pass the value as an argument"))
    }

    fn functions(&self) -> &Functions {
        self.functions
    }

    fn strictness(&self) -> Strictness {
        self.strictness
    }
}
