//! Commands to the REPL itself, which start with a colon.

use super::{Reply, debug};
use crate::heap::{Heap, Object, Symbol};
use crate::machine::Machine;
use crate::printer;
use crate::value::{Kind, Value};

pub(super) const HELP: &str = "\
Omega Lisp: a Scheme. A command is one or more expressions; the last one's value is shown.
  (define (square x) (* x x))        a definition answers with its name
  (map square '(1 2 3))              (1 4 9)
  (let loop ((i 0)) (if (< i 9) (loop (+ i 1)) i))
Besides R7RS, whose libraries need no import:
  numbers       integers of any size and exact ratios: (expt 2 100), (/ 1 3), bitwise-and, exact-integer-sqrt …
  macros        define-syntax let-syntax syntax-rules; register-macro gensym macroexpand
  evaluation    eval eval-in make-evaluator interaction-environment
  streams       cons-stream stream-head stream-map stream-filter integers-from …
  prompts       call-with-prompt abort-to-prompt make-prompt-tag; reset shift
  choices       amb require amb-collect amb-reset
  machines      machine-new machine-step machine-run machine-fork machine-value …
  hash tables   make-hash-table hash-table-set! hash-table-ref hash-table-update! hash-table->alist …
  text          string-split string-join string-replace string-index …, read and write strings as ports
  lists         fold filter sort group-by zip take drop …; functions: compose pipe curry partial flip
  conditions    guard with-restarts invoke-restart with-condition-handler handler-bind
  dispatch      put get apply-generic attach-tag; define-generic define-method
  outside       (effect name argument …), as far as the host grants it; show, display-as, read-line; JSON
Commands:
  :help :quit          this text; leave, and the session stays
  :defs :env [NAME]    what you have defined; how much there is, or what NAME is
  :debug EXPR          run EXPR step by step: :step [N], :run, :break NAME|off, :state
  :trace NAME|on|off   show calls of NAME, or of all that you have defined
An error undoes nothing: what a command did before it stays done.";

/// What comes of a command.
pub(super) type Said = Result<Reply, String>;

/// Commands about a session's history, which the host keeps: each with what does it there.
const HISTORY: &[(&str, &str)] = &[
    ("back", "undo"),
    ("undo", "undo"),
    ("forward", "redo"),
    ("redo", "redo"),
    ("goto", "jump"),
    ("jump", "jump"),
    ("checkpoint", "checkpoints/{checkpoint}"),
    ("checkpoints", "checkpoints"),
    ("history", "events"),
    ("save", "save"),
    ("fork", "fork"),
];

pub(super) fn said(output: String) -> Reply {
    Reply { output, should_exit: false }
}

/// Runs the command `text`, without its colon.
pub(super) fn run(machine: &mut Machine, text: &str) -> Said {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    let heap = &machine.context.heap;
    match word {
        "debug" => debug::debug(machine, rest),
        "step" => debug::step(machine, rest),
        "break" => debug::breakpoint(machine, rest),
        "trace" => debug::trace(machine, rest),
        "env" if !rest.is_empty() => named(heap, rest).map(said),
        _ if HISTORY.iter().any(|(name, _)| *name == word) => Err(elsewhere(word)),
        _ if !rest.is_empty() => Err(unknown(text)),
        "run" => debug::run(machine),
        "state" => debug::state(machine),
        "help" | "h" | "?" => Ok(said(HELP.to_owned())),
        "defs" => Ok(said(definitions(heap))),
        "env" => Ok(said(environment(heap))),
        "quit" | "q" | "exit" => Ok(Reply { output: String::new(), should_exit: true }),
        _ => Err(unknown(text)),
    }
}

fn unknown(text: &str) -> String {
    format!("unknown command: :{text}\nhint: :help tells which there are")
}

fn elsewhere(word: &str) -> String {
    let route = HISTORY.iter().find(|(name, _)| *name == word).map_or("", |(_, route)| route);
    let method = match word {
        "checkpoints" | "history" => "GET",
        "checkpoint" => "PUT",
        _ => "POST",
    };
    format!(
        "the host keeps the history, not Omega\nhint: {method} /api/sessions/{{name}}/{route} does this, and so does :{word} in `hostel repl`"
    )
}

/// What a name is bound to.
fn named(heap: &Heap, name: &str) -> Result<String, String> {
    let symbol = heap.find(name).map(|id| heap.symbol(id));
    let Some(symbol) = symbol.filter(|symbol| symbol.value != Value::UNBOUND) else {
        return Err(format!("unbound variable: {name}"));
    };
    let whose = if symbol.library { "the library's" } else { "your own" };
    let shown = described(heap, symbol);
    let Some(Object::Environment(environment)) = heap.as_object(symbol.value) else {
        return Ok(format!("{shown}, {whose}"));
    };
    let variables = environment.variables().map(|(_, variable)| heap.symbol(variable));
    let bound = variables.filter(|variable| variable.value != Value::UNBOUND);
    let lines: Vec<String> = bound.map(|variable| format!("  {}", described(heap, variable))).collect();
    Ok([format!("{shown}, {whose}, with these variables:"), lines.join("\n")].join("\n"))
}

/// The program's own globals, by name.
fn own(heap: &Heap) -> Vec<&Symbol> {
    let mut own: Vec<&Symbol> = heap.bound().map(|(_, symbol)| symbol).filter(|symbol| !symbol.library).collect();
    own.sort_by(|a, b| a.name.cmp(&b.name));
    own
}

fn definitions(heap: &Heap) -> String {
    let lines: Vec<String> = own(heap).into_iter().map(|symbol| described(heap, symbol)).collect();
    if lines.is_empty() { "nothing is defined yet".to_owned() } else { lines.join("\n") }
}

fn described(heap: &Heap, symbol: &Symbol) -> String {
    match heap.as_object(symbol.value) {
        Some(Object::Closure { code, .. }) => {
            let code = heap.code(*code);
            let parameters = if code.rest { format!("{} or more", code.required) } else { code.required.to_string() };
            format!("{}: procedure of {parameters}", symbol.name)
        }
        _ => format!("{} = {}", symbol.name, printer::brief(heap, symbol.value)),
    }
}

fn environment(heap: &Heap) -> String {
    let is_syntax = |value: Value| matches!(value.kind(), Kind::Keyword(_));
    let (mut syntax, mut library) = (0, 0);
    for (_, symbol) in heap.bound().filter(|(_, symbol)| symbol.library && !symbol.name.starts_with('%')) {
        if is_syntax(symbol.value) {
            syntax += 1;
        } else {
            library += 1;
        }
    }
    format!(
        "own definitions: {}\nlibrary: {library} procedures and constants, {syntax} syntactic forms\nheap: {} values, {} bytes",
        own(heap).len(),
        heap.count(),
        heap.live_bytes()
    )
}
