//! Programs as data: evaluation, environments, macros that are procedures.

use super::Primitive;
use crate::codegen;
use crate::context::Context;
use crate::fault::{Fault, Outcome, expected};
use crate::heap::{Environment, Object};
use crate::machine::{Process, process_state};
use crate::syntax::{self, Answers, Expanded, Macro, Question};
use crate::value::{ObjectId, Value};

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("%compile", 3, 3, compile),
    Primitive::plain("%make-environment", 0, 0, |context, _| {
        Ok(context.heap.insert(Object::Environment(Box::default())))
    }),
    Primitive::plain("%global-environment", 0, 0, |context, _| {
        Ok(context.heap.insert(Object::Environment(Box::new(Environment::global()))))
    }),
    Primitive::plain("%environment-define!", 3, 3, |context, arguments| {
        let (environment, name) = (environment(context, arguments[0])?, context.symbol(arguments[1])?);
        let variable = environment.map_or(name, |environment| context.heap.variable_of(environment, name));
        context.heap.define(variable, arguments[2]);
        Ok(Value::UNSPECIFIED)
    }),
    Primitive::plain("%register-macro", 3, 3, register_macro),
    Primitive::plain("%transformer", 2, 2, |context, arguments| {
        let environment = environment(context, arguments[1])?;
        Ok(syntax::transformer_of(&mut context.heap, arguments[0], environment).unwrap_or(Value::FALSE))
    }),
    Primitive::plain("%expand-once", 2, 2, |context, arguments| {
        let environment = environment(context, arguments[1])?;
        syntax::expand_once(&mut context.heap, arguments[0], environment).map_err(Fault::Whole)
    }),
    Primitive::plain("%machine-new", 1, 1, |context, arguments| {
        Ok(context.heap.insert(Object::Process(Box::new(Process::New(arguments[0])))))
    }),
    Primitive::plain("%machine-fork", 1, 1, |context, arguments| {
        let process = process(context, arguments[0])?;
        Ok(context.heap.insert(Object::Process(Box::new(process))))
    }),
    Primitive::plain("%machine-state", 1, 1, |context, arguments| {
        let (name, value) = process_state(process(context, arguments[0])?);
        let name = Value::symbol(context.heap.intern(name));
        Ok(context.heap.cons(name, value))
    }),
    Primitive::plain("gensym", 0, 1, gensym),
];

fn process(context: &Context, value: Value) -> Outcome<Process> {
    match context.heap.as_object(value) {
        Some(Object::Process(process)) => Ok(**process),
        _ => expected("a machine", value),
    }
}

/// `#f` and the program's own environment are none.
fn environment(context: &Context, value: Value) -> Outcome<Option<ObjectId>> {
    match context.heap.as_object(value) {
        Some(Object::Environment(environment)) => Ok(value.as_object().filter(|_| !environment.is_global)),
        _ if value == Value::FALSE => Ok(None),
        _ => expected("an environment", value),
    }
}

/// `(%compile form environment state)`: a procedure without parameters, or a vector `#(transformer form answers names)`
/// when a macro's procedure must be called first. Then it is to be called again with `((answer . answers) . names)`.
fn compile(context: &mut Context, arguments: &[Value]) -> Outcome {
    let environment = environment(context, arguments[1])?;
    let (answers, forms) = answers(context, arguments[2])?;
    let expanded = syntax::expand(&mut context.heap, arguments[0], environment, answers).map_err(Fault::Whole)?;
    match expanded {
        Expanded::Program(program) => {
            let code = codegen::generate(&mut context.heap, program);
            Ok(context.heap.insert(Object::Closure { code, captured: Box::default() }))
        }
        Expanded::Question(question) => Ok(question_value(context, &question, &forms)),
    }
}

/// The state as the expander takes it; its answers, newest first, as they are.
fn answers(context: &Context, state: Value) -> Outcome<(Answers, Vec<Value>)> {
    let Some(state) = context.heap.as_pair(state) else { return Ok((Answers::default(), Vec::new())) };
    let (forms, names) = (context.list_items(state.car)?, context.list_items(state.cdr)?);
    let pairs = forms.iter().rev().map(|pair| context.pair(*pair).map(|pair| (pair.car, pair.cdr)));
    Ok((Answers { forms: pairs.collect::<Outcome<_>>()?, names }, forms))
}

fn question_value(context: &mut Context, question: &Question, forms: &[Value]) -> Value {
    let answers = context.heap.list(forms);
    let names = context.heap.list(&question.names);
    context.heap.vector([question.transformer, question.form, answers, names])
}

fn register_macro(context: &mut Context, arguments: &[Value]) -> Outcome {
    let (name, transformer) = (context.symbol(arguments[0])?, arguments[1]);
    let environment = environment(context, arguments[2])?;
    let variable = environment.map_or(name, |environment| context.heap.variable_of(environment, name));
    let known = context.heap.insert(Object::Macro(Box::new(Macro::procedural(arguments[0], transformer))));
    context.heap.define(variable, known);
    Ok(arguments[0])
}

/// A symbol unlike any other, whose name has a number; `(gensym "prefix")`
fn gensym(context: &mut Context, arguments: &[Value]) -> Outcome {
    let prefix = match arguments.first() {
        None => "g".to_owned(),
        Some(prefix) => match prefix.as_symbol() {
            Some(symbol) => context.heap.symbol(symbol).name.to_string(),
            None => context.string(*prefix)?.as_str().to_owned(),
        },
    };
    context.heap.gensyms += 1;
    let name = format!("{prefix}{}", context.heap.gensyms);
    Ok(context.heap.fresh_symbol(&name))
}
