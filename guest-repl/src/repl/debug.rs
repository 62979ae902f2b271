//! Commands that look into programs: stepping through one as a machine, breaking at procedures, tracing calls.
//!
//! What they work on is bound to names of the library, so that it lives as long as the session; none of it is part of the
//! session's portable form.

use super::commands::{Said, said};
use super::report;
use crate::codegen;
use crate::heap::{Heap, Object};
use crate::machine::{Activation, Ended, Machine, Process, activations};
use crate::printer;
use crate::reader;
use crate::syntax::{self, Answers, Expanded};
use crate::value::{SymbolId, Value};

/// Procedures of the stack that are shown.
const ACTIVATIONS_SHOWN: usize = 20;

/// Steps that one command takes at most: as many as a small integer can say.
const STEPS_MAX: i64 = 1_000_000_000;

/// `:debug EXPR`
pub(super) fn debug(machine: &mut Machine, text: &str) -> Said {
    let heap = &mut machine.context.heap;
    let datum = reader::read_first(heap, text).map_err(|error| error.to_string())?;
    let Some((form, _)) = datum else { return Err(":debug needs an expression: :debug (f 1)".to_owned()) };
    let process = match syntax::expand(heap, form, None, Answers::default())? {
        Expanded::Program(program) => {
            let code = codegen::generate(heap, program);
            let thunk = heap.insert(Object::Closure { code, captured: Box::default() });
            heap.insert(Object::Process(Box::new(Process::New(thunk))))
        }
        Expanded::Question(_) => match machine.run_library("machine-new", &[form]) {
            Some(Ended::Value(process)) => process,
            _ => return Err("machine-new is not the library's any more".to_owned()),
        },
    };
    keep(&mut machine.context.heap, "%debugged", process);
    advance(machine, 0)
}

/// `:step [N]`
pub(super) fn step(machine: &mut Machine, count: &str) -> Said {
    match count {
        "" => advance(machine, 1),
        _ => match count.parse() {
            Ok(count @ 1..=STEPS_MAX) => advance(machine, count),
            _ => Err(format!(":step takes a number of steps up to {STEPS_MAX}, got {count}")),
        },
    }
}

/// `:run`: to the end, or to where a procedure is about to be called that has a breakpoint.
pub(super) fn run(machine: &mut Machine) -> Said {
    if kept(&machine.context.heap, "%breakpoints") == Value::NIL {
        return advance(machine, -1);
    }
    debugged(&machine.context.heap)?;
    loop {
        let process = take_steps(machine, 1)?;
        if !matches!(process, Process::New(_) | Process::Waiting(_)) || is_at_breakpoint(&machine.context.heap, process)
        {
            return state(machine);
        }
    }
}

/// `:break NAME`, `:break off`, and `:break` to tell which there are.
pub(super) fn breakpoint(machine: &mut Machine, name: &str) -> Said {
    let heap = &mut machine.context.heap;
    let known = kept(heap, "%breakpoints");
    match name {
        "" => Ok(said(format!("breakpoints: {}", printer::written(heap, known)))),
        "off" => {
            keep(heap, "%breakpoints", Value::NIL);
            Ok(said("no breakpoints".to_owned()))
        }
        _ => {
            let symbol = bound(heap, name)?;
            let more = heap.cons(Value::symbol(symbol), known);
            keep(heap, "%breakpoints", more);
            Ok(said(format!(":run stops where {name} is about to be called")))
        }
    }
}

/// `:state`
pub(super) fn state(machine: &mut Machine) -> Said {
    let heap = &machine.context.heap;
    match debugged(heap)?.1 {
        Process::Done(value) => Ok(said(format!("done: {}", printer::written(heap, value)))),
        Process::Failed(condition) => Ok(said(format!("failed: {}", report(heap, condition)))),
        Process::Running => Ok(said("running".to_owned())),
        Process::New(_) => Ok(said("not begun".to_owned())),
        process @ Process::Waiting(_) => Ok(said(place(heap, process))),
    }
}

fn place(heap: &Heap, process: Process) -> String {
    let (shown, count) = activations(heap, process, ACTIVATIONS_SHOWN);
    let mut lines = Vec::new();
    if let Some(call) = shown.first().and_then(|innermost| innermost.call.as_ref()) {
        lines.push(format!("about to call  {}", called(heap, call)));
    }
    for (number, activation) in shown.iter().enumerate() {
        let inside = if number == 0 { "in" } else { "called by" };
        lines.push(format!("{inside:>13}  {}", entered(heap, activation)));
    }
    if count > shown.len() {
        lines.push(format!("               … and {} more", count - shown.len()));
    }
    lines.join("\n")
}

/// `(f 1 2)`, as it was called.
fn entered(heap: &Heap, activation: &Activation) -> String {
    let name = procedure(heap, activation.closure);
    if name.is_none() && activation.arguments.is_empty() {
        return "the expression".to_owned();
    }
    let arguments = activation.arguments.iter().map(|value| printer::brief(heap, *value));
    let parts: Vec<String> = std::iter::once(name.unwrap_or_else(|| "lambda".to_owned())).chain(arguments).collect();
    format!("({})", parts.join(" "))
}

fn called(heap: &Heap, call: &[Value]) -> String {
    let operator = procedure(heap, call[0]).unwrap_or_else(|| printer::brief(heap, call[0]));
    let operands = call[1..].iter().map(|value| printer::brief(heap, *value));
    let parts: Vec<String> = std::iter::once(operator).chain(operands).collect();
    format!("({})", parts.join(" "))
}

/// What a procedure was defined as.
fn procedure(heap: &Heap, value: Value) -> Option<String> {
    match heap.as_object(value)? {
        Object::Closure { code, .. } => {
            let name = heap.code(*code).name?.as_symbol()?;
            Some(heap.symbol(name).name.to_string())
        }
        Object::Primitive(primitive) => Some(primitive.name.to_owned()),
        _ => None,
    }
}

fn is_at_breakpoint(heap: &Heap, process: Process) -> bool {
    let (innermost, _) = activations(heap, process, 1);
    let Some(operator) = innermost.first().and_then(|innermost| innermost.call.as_ref()).map(|call| call[0]) else {
        return false;
    };
    let names = heap.items(kept(heap, "%breakpoints")).unwrap_or_default();
    names.iter().filter_map(|name| name.as_symbol()).any(|name| heap.symbol(name).value == operator)
}

fn debugged(heap: &Heap) -> Result<(Value, Process), String> {
    let value = kept(heap, "%debugged");
    match heap.as_object(value) {
        Some(Object::Process(process)) => Ok((value, **process)),
        _ => Err("nothing is being debugged\nhint: :debug (f 1) begins".to_owned()),
    }
}

fn take_steps(machine: &mut Machine, count: i64) -> Result<Process, String> {
    let (value, _) = debugged(&machine.context.heap)?;
    let count = Value::small(count).unwrap_or(Value::UNSPECIFIED);
    match machine.run_library("%debug-step", &[value, count]) {
        Some(_) => Ok(debugged(&machine.context.heap)?.1),
        None => Err("%debug-step is not the library's any more".to_owned()),
    }
}

fn advance(machine: &mut Machine, count: i64) -> Said {
    take_steps(machine, count)?;
    state(machine)
}

// --- tracing ---

/// `:trace on`, `:trace off`, `:trace NAME`, and `:trace` to tell what is traced.
pub(super) fn trace(machine: &mut Machine, name: &str) -> Said {
    match name {
        "" => {
            let traced = traces(&machine.context.heap);
            let names: Vec<String> =
                traced.iter().map(|(name, ..)| machine.context.heap.symbol(*name).name.to_string()).collect();
            Ok(said(format!("traced: {}", if names.is_empty() { "nothing".to_owned() } else { names.join(" ") })))
        }
        "off" => {
            stop_tracing(&mut machine.context.heap);
            Ok(said("nothing is traced".to_owned()))
        }
        "on" => {
            let heap = &machine.context.heap;
            let own = heap.bound().filter(|(_, symbol)| !symbol.library);
            let procedures =
                own.filter(|(_, symbol)| matches!(heap.as_object(symbol.value), Some(Object::Closure { .. })));
            for name in procedures.map(|(id, _)| id).collect::<Vec<_>>() {
                begin_trace(machine, name)?;
            }
            trace(machine, "")
        }
        _ => {
            let name = bound(&mut machine.context.heap, name)?;
            begin_trace(machine, name)?;
            trace(machine, "")
        }
    }
}

/// Names, the procedures in their place, and the procedures themselves.
fn traces(heap: &Heap) -> Vec<(SymbolId, Value, Value)> {
    let items = heap.items(kept(heap, "%traces")).unwrap_or_default();
    let traces = items.into_iter().filter_map(|item| {
        let pair = heap.as_pair(item)?;
        let both = heap.as_pair(pair.cdr)?;
        Some((pair.car.as_symbol()?, both.car, both.cdr))
    });
    // A name that was defined anew is not traced any more.
    traces.filter(|(name, wrapper, _)| heap.symbol(*name).value == *wrapper).collect()
}

fn begin_trace(machine: &mut Machine, name: SymbolId) -> Result<(), String> {
    let heap = &mut machine.context.heap;
    let original = heap.symbol(name).value;
    if traces(heap).iter().any(|(traced, ..)| *traced == name) {
        return Ok(());
    }
    if procedure(heap, original).is_none() && !matches!(heap.as_object(original), Some(Object::Closure { .. })) {
        return Err(format!("not a procedure: {}", heap.symbol(name).name));
    }
    let Some(Ended::Value(wrapper)) = machine.run_library("%traced", &[Value::symbol(name), original]) else {
        return Err("%traced is not the library's any more".to_owned());
    };
    let heap = &mut machine.context.heap;
    let both = heap.cons(wrapper, original);
    let entry = heap.cons(Value::symbol(name), both);
    let entries = heap.cons(entry, kept(heap, "%traces"));
    keep(heap, "%traces", entries);
    heap.define(name, wrapper);
    Ok(())
}

fn stop_tracing(heap: &mut Heap) {
    for (name, _, original) in traces(heap) {
        heap.define(name, original);
    }
    keep(heap, "%traces", Value::NIL);
}

// --- what is kept ---

fn bound(heap: &mut Heap, name: &str) -> Result<SymbolId, String> {
    let id = heap.intern(name);
    match heap.symbol(id).value {
        Value::UNBOUND => Err(format!("unbound variable: {name}")),
        _ => Ok(id),
    }
}

fn kept(heap: &Heap, name: &str) -> Value {
    heap.find(name).map_or(Value::NIL, |id| heap.symbol(id).value)
}

fn keep(heap: &mut Heap, name: &str, value: Value) {
    let id = heap.intern(name);
    heap.bind(id, value);
}
