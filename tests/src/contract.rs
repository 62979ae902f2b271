//! One suite for every guest, written against the contract alone.
//!
//! ```text
//! contract       which tests run on which guests
//! dialect        how each language says what the tests need, and finds a guest's component
//! dialects/*     the languages
//! state output limits input talk survival replay      the tests, each a function of a guest
//! ```
//!
//! A guest of which nothing more is known than its words passes them or is no guest. What a language can't say, a test
//! leaves out. Guests that are built but not committed are looked for where `dialect` says, and left out with a note.

mod dialect;
mod dialects;
mod input;
mod limits;
mod output;
mod replay;
mod state;
mod survival;
mod talk;

/// The tests, by file, as tests of one guest.
macro_rules! suite {
    ($guest:ident) => {
        suite! { $guest:
            state: [
                what_commands_define_stays_and_sessions_are_apart
                an_error_of_a_language_keeps_what_was_done_and_tells_what_went_wrong
                a_session_that_was_asked_to_end_stays_usable
            ]
            output: [
                what_is_written_comes_in_order_before_the_value_and_each_stream_for_itself
                what_was_written_before_an_error_comes_before_it
                long_output_is_whole
            ]
            limits: [
                a_command_past_a_limit_is_stopped_and_undone
                endless_recursion_ends_and_leaves_the_session_usable
            ]
            input: [
                text_of_every_kind_goes_in_and_comes_out_as_it_was
                commands_of_odd_shapes_are_answered
                whole_commands_are_told_from_beginnings_and_nonsense
            ]
            talk: [
                output_is_there_before_its_command_ends
                a_result_in_other_forms_is_in_the_reply_in_the_stream_and_in_the_history
                a_line_is_asked_for_and_is_missing_where_nobody_follows
                functions_are_called_and_fail_as_the_language_fails
                what_was_asked_and_answered_is_never_asked_again
            ]
            survival: [
                what_lives_comes_back_from_evictions
                what_lives_comes_back_from_a_stop_and_from_a_kill
                forks_of_what_lives_go_their_own_ways
                what_lives_goes_back_and_forth
            ]
            replay: [
                a_session_that_comes_and_goes_answers_as_one_that_stays
                a_replay_reads_the_time_and_chance_that_were_read
            ]
        }
    };
    ($guest:ident: $($file:ident: [$($test:ident)*])*) => {
        mod $guest {
            $($(
                #[test]
                fn $test() {
                    super::dialect::on(&super::dialects::$guest::DIALECT, super::$file::$test);
                }
            )*)*
        }
    };
}

suite! { omega }
suite! { javascript }
suite! { python }
suite! { behave }
suite! { minimal }
