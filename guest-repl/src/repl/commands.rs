//! Commands to the REPL itself, which start with a colon.

use super::Reply;
use crate::heap::{Heap, Object, Symbol};
use crate::machine::Machine;
use crate::printer;
use crate::value::{Kind, Value};

pub(super) const HELP: &str = "\
Omega Lisp: a Scheme. A command is one or more expressions; the last one's value is shown.
  (define (square x) (* x x))        a definition answers with its name
  (map square '(1 2 3))              (1 4 9)
  (let loop ((i 0)) (if (< i 9) (loop (+ i 1)) i))
Besides R7RS:
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
  outside       (effect 'name argument …), as far as the host grants it
Commands:
  :help   this text
  :defs   what you have defined
  :env    how much there is in the session
  :quit   leave; the session stays
An error undoes nothing: what a command did before it stays done.";

/// Runs the command `text`, without its colon.
pub(super) fn run(machine: &Machine, text: &str) -> Result<Reply, String> {
    let heap = &machine.context.heap;
    let output = match text {
        "help" | "h" | "?" => HELP.to_owned(),
        "defs" => definitions(heap),
        "env" => environment(heap),
        "quit" | "q" | "exit" => return Ok(Reply { output: String::new(), should_exit: true }),
        _ => return Err(format!("unknown command: :{text}\nhint: :help tells which there are")),
    };
    Ok(Reply { output, should_exit: false })
}

/// The program's own globals, by name.
fn own(heap: &Heap) -> Vec<&Symbol> {
    let mut own: Vec<&Symbol> = heap.bound().map(|(_, symbol)| symbol).filter(|symbol| !symbol.library).collect();
    own.sort_by(|a, b| a.name.cmp(&b.name));
    own
}

fn definitions(heap: &Heap) -> String {
    let lines = own(heap).into_iter().map(|symbol| match heap.as_object(symbol.value) {
        Some(Object::Closure { code, .. }) => {
            let code = heap.code(*code);
            let parameters = if code.rest { format!("{} or more", code.required) } else { code.required.to_string() };
            format!("{}: procedure of {parameters}", symbol.name)
        }
        _ => format!("{} = {}", symbol.name, printer::brief(heap, symbol.value)),
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { "nothing is defined yet".to_owned() } else { lines.join("\n") }
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
