//! Values, and the forms that they are shown in.

use serde_json::{Value, json};

use super::{built, python};
use crate::harness::Session;

/// Classes of values with forms of every kind, and with such that fail.
fn shapes(session: &Session<'_>) {
    session.output(
        "class Shape:\n    def __repr__(self): return type(self).__name__\n\
         class Bold(Shape):\n    def _repr_html_(self): return '<b>bold</b>'\n\
         class Failing(Bold):\n    def _repr_markdown_(self): raise ValueError('no\\nway')\n\
         class Number(Shape):\n    def _repr_html_(self): return 5\n\
         class Never(Bold):\n    def _repr_markdown_(self): raise NotImplementedError\n\
         class Odd(Shape):\n    def _repr_mimebundle_(self, include, exclude): return {'no type': 'x'}\n\
         class Own(Shape):\n    def _ipython_display_(self): print('by itself')\n\
         class FailingOwn(Bold):\n    def _ipython_display_(self): 1 / 0\n",
    );
}

/// What a command's reply has: the value's text, the forms, and what was written to standard error.
fn shown(session: &Session<'_>, command: &str) -> (Value, Value, Value) {
    let reply = session.execute(command).json();
    assert!(reply["error"].is_null(), "{command}: {reply}");
    let part = |name, otherwise| reply.get(name).cloned().unwrap_or(otherwise);
    (part("result", json!("")), part("results", json!([])), part("stderr", json!("")))
}

#[test]
fn python_shows_what_it_is_told_to_display() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    shapes(&alice);
    let bold = json!({ "text/html": "<b>bold</b>", "text/plain": "Bold" });
    for (command, results) in [
        ("display(Bold())", json!([bold])),
        ("for value in 1, Bold(): display(value)", json!([{ "text/plain": "1" }, bold])),
        ("display('a', [2])", json!([{ "text/plain": "'a'" }, { "text/plain": "[2]" }])),
        ("import host; host.display(Bold())", json!([bold])),
        ("display(Number())", json!([{ "text/plain": "Number" }])),
        ("display(Odd())", json!([{ "text/plain": "Odd" }])),
    ] {
        assert_eq!(shown(&alice, command).1, results, "{command}");
    }
    assert_eq!(alice.output("display(Own()); display()"), "by itself\n");
}

#[test]
fn a_value_of_python_that_fails_to_show_a_form_is_still_shown() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    shapes(&alice);
    let bold = json!([{ "text/html": "<b>bold</b>" }]);
    for (name, results, told) in [
        ("Bold", &bold, ""),
        ("Never", &bold, ""),
        ("Failing", &bold, "Its form text/markdown can't be shown: ValueError: no way\n"),
        ("FailingOwn", &bold, "Its own display can't be shown: ZeroDivisionError: division by zero\n"),
        ("Odd", &json!([]), "Its other forms can't be shown: \"no type\" is no media type such as text/html\n"),
        (
            "Number",
            &json!([]),
            "Its form text/html can't be shown: TypeError: data of text/html must be bytes or str, not int\n",
        ),
    ] {
        let (value, forms, stderr) = shown(&alice, &format!("{name}()"));
        assert_eq!((&value, &forms, &stderr), (&json!(name), results, &json!(told)), "{name}");
    }
    // One that shows itself is not shown twice.
    assert_eq!(alice.output("Own()"), "by itself\n");
}

#[test]
fn python_prints_the_values_of_interactive_code_within_a_command() {
    let Some(setup) = built() else { return };
    let server = setup.start();
    let alice = python(&server, "alice");
    alice.output("import code, sys; statement = compile('5', '', 'single')");
    assert_eq!(alice.output("exec(statement); print('then'); 6"), "5\nthen\n6");
    assert_eq!(alice.output("exec(statement)"), "5\n");
    assert_eq!(alice.output("_"), "5");
    assert_eq!(alice.output("code.InteractiveConsole().push('1 + 1')"), "2\nFalse");
    assert_eq!(alice.output("sys.displayhook(8); sys.__displayhook__(9)"), "8\n9\n");
    alice.output("old = sys.displayhook\ndef mine(value):\n    print('mine')\n    old(value)\nsys.displayhook = mine");
    assert_eq!(alice.output("7"), "mine\n7");
}
