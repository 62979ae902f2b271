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
    let mut session = Session::new();
    session.repl.set_stress(stress);
    let mut wrong = Vec::new();
    for example in examples(text) {
        let got = session.told(&example.command);
        if got.replace('\n', "\\n") != example.expected {
            wrong.push(format!("line {}: expected {}\n   got {got}", example.line, example.expected));
        }
    }
    assert!(wrong.is_empty(), "stress: {stress}\n{}", wrong.join("\n"));
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
    ports_read_and_write_strings_and_effects_are_refused "ports.scm"
    lists_and_functions_combine "functional.scm"
    restarts_are_offered_and_chosen "restarts.scm"
    generic_procedures_find_their_method "generic.scm"
    the_repl_has_commands_of_its_own "repl.scm"
}
