//! The language, by example: each file of `tests/suite` is a session of commands and what must come of them, run twice,
//! the second time with a collection at every opportunity.
//!
//! ```text
//! (display "a") 5        a command of any number of lines
//! => a|5                 what it writes, a bar, and its value
//! (car 5)
//! => error: car: expected a pair, got 5
//! ```

mod harness;

use harness::Session;

/// A command and what must come of it.
struct Example<'a> {
    line: usize,
    command: String,
    expected: &'a str,
}

fn examples(text: &str) -> Vec<Example<'_>> {
    let mut examples = Vec::new();
    let mut command = String::new();
    for (number, line) in text.lines().enumerate() {
        match line.strip_prefix("=>") {
            Some(expected) => {
                let command = std::mem::take(&mut command);
                examples.push(Example { line: number + 1, command, expected: expected.trim() });
            }
            None => command = command + line + "\n",
        }
    }
    assert!(command.trim().is_empty(), "the last command has no expectation");
    examples
}

fn run(text: &str, stress: bool) {
    let wrong = wrong(text, stress);
    assert!(wrong.is_empty(), "stress: {stress}\n{}", wrong.join("\n"));
}

/// What does not come out as expected.
fn wrong(text: &str, stress: bool) -> Vec<String> {
    let mut session = Session::new();
    session.repl.set_stress(stress);
    let mut wrong = Vec::new();
    for example in examples(text) {
        let got = session.told(&example.command);
        if got.replace('\n', "\\n") != example.expected {
            wrong.push(format!("line {}: expected {}\n   got {got}", example.line, example.expected));
        }
    }
    wrong
}

/// Examples between two places where a session is saved in the middle.
const SAVED_EVERY: usize = 6;

/// Runs the first examples, goes on in a session that has loaded what those made, and counts the places where it could.
fn run_saved(text: &str) -> usize {
    let examples = examples(text);
    let mut saved = 0;
    for split in (1..examples.len()).step_by(SAVED_EVERY) {
        let mut first = Session::new();
        for example in &examples[..split] {
            first.told(&example.command);
        }
        let Ok(state) = first.repl.save() else { continue };
        let mut second = Session::after(Some(&first));
        second.repl.load(&state).unwrap_or_else(|error| panic!("saved before line {}: {error}", examples[split].line));
        saved += 1;
        for example in &examples[split..] {
            let got = second.told(&example.command).replace('\n', "\\n");
            assert_eq!(got, example.expected, "saved before line {}, line {}", examples[split].line, example.line);
        }
    }
    saved
}

#[test]
fn sessions_saved_in_the_middle_go_on_as_if_they_were_not() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite");
    let files = std::fs::read_dir(folder).expect("the suite");
    // What is being debugged is not part of a session's portable form.
    let files = files.map(|file| file.expect("a file").path()).filter(|file| !file.ends_with("debug.scm"));
    let saved: usize = files.map(|file| run_saved(&std::fs::read_to_string(file).expect("text"))).sum();
    assert!(saved > 100, "{saved}");
}

/// R7RS-small's chapters on expressions, program structure and standard procedures, by section, and what is left out.
#[test]
fn the_standards_examples_do_what_it_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/r7rs");
    let (mut count, mut failed) = (0, Vec::new());
    for file in std::fs::read_dir(folder).expect("the examples") {
        let path = file.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("text");
        count += examples(&text).len();
        for stress in [false, true] {
            failed.extend(wrong(&text, stress).into_iter().map(|wrong| format!("{}: {wrong}", path.display())));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(count > 400, "{count}");
}

macro_rules! suite {
    ($($name:ident $file:literal)*) => {$(
        #[test]
        fn $name() {
            let text = include_str!(concat!("suite/", $file));
            run(text, false);
            run(text, true);
        }
    )*};
}

suite! {
    expressions_and_bindings_do_what_the_standard_says "core.scm"
    derived_forms_do_what_the_standard_says "derived.scm"
    numbers_do_what_the_standard_says "numbers.scm"
    lists_do_what_the_standard_says "lists.scm"
    text_does_what_the_standard_says "text.scm"
    vectors_do_what_the_standard_says "vectors.scm"
    continuations_can_be_resumed_any_number_of_times "continuations.scm"
    conditions_can_be_handled "conditions.scm"
    libraries_are_imported_and_names_given_anew "imports.scm"
    errors_say_what_and_where "errors.scm"
    promises_and_streams_are_lazy "promises.scm"
    macros_are_hygienic_and_bounded "macros.scm"
    programs_are_data_that_can_be_evaluated "eval.scm"
    streams_are_computed_as_far_as_needed "streams.scm"
    prompts_delimit_continuations "prompts.scm"
    choices_are_searched_in_depth "amb.scm"
    machines_run_step_by_step "machines.scm"
    hash_tables_keep_keys_in_order "hash-tables.scm"
    strings_and_bytevectors_are_taken_apart_and_put_together "strings.scm"
    ports_read_and_write_strings_and_the_console "ports.scm"
    effects_are_what_the_host_grants "effects.scm"
    lists_and_functions_combine "functional.scm"
    restarts_are_offered_and_chosen "restarts.scm"
    generic_procedures_find_their_method "generic.scm"
    the_repl_has_commands_of_its_own "repl.scm"
    programs_are_stepped_through_and_traced "debug.scm"
}
