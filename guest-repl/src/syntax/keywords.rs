//! The words that the compiler knows. They are bound like variables, to keyword values, so a program may redefine them.

use super::{Expander, Syntax, Task, core, derived, quasi, records};
use crate::value::Value;

/// What a form does with its task.
pub(crate) type Expand = fn(&mut Expander<'_>, Task) -> Syntax;

macro_rules! keywords {
    ($($constant:ident $name:literal $expand:path;)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "numbers for the constants below")]
        enum Number { $($constant),* }

        $(pub(super) const $constant: Value = Value::keyword(Number::$constant as u32);)*

        /// All words, at the places that their values number.
        pub(crate) static KEYWORDS: &[(&str, Expand)] = &[$(($name, $expand)),*];
    };
}

keywords! {
    QUOTE "quote" core::quote;
    IF "if" core::conditional;
    DEFINE "define" core::define;
    SET "set!" core::assign;
    LAMBDA "lambda" core::lambda;
    NAMED_LAMBDA "named-lambda" core::named_lambda;
    BEGIN "begin" core::begin;
    LET "let" core::bind;
    AND "and" core::and;
    OR "or" core::or;
    LET_STAR "let*" derived::bind_in_order;
    LETREC "letrec" derived::bind_recursively;
    LETREC_STAR "letrec*" derived::bind_recursively;
    WHEN "when" derived::when;
    UNLESS "unless" derived::unless;
    COND "cond" derived::cond;
    CASE "case" derived::case;
    DO "do" derived::iterate;
    DELAY "delay" derived::delay;
    DELAY_FORCE "delay-force" derived::delay_force;
    CONS_STREAM "cons-stream" derived::cons_stream;
    GUARD "guard" derived::guard;
    ASSERT "assert" derived::assert;
    PARAMETERIZE "parameterize" derived::parameterize;
    CASE_LAMBDA "case-lambda" derived::case_lambda;
    LET_VALUES "let-values" records::let_values;
    LET_STAR_VALUES "let*-values" records::let_values_in_order;
    DEFINE_VALUES "define-values" records::define_values;
    DEFINE_RECORD_TYPE "define-record-type" records::define_record_type;
    QUASIQUOTE "quasiquote" quasi::quasiquote;
    QUASI "%quasi" quasi::level;
    UNQUOTE "unquote" quasi::stray;
    UNQUOTE_SPLICING "unquote-splicing" quasi::stray;
    ELSE "else" core::stray;
    ARROW "=>" core::stray;
}

/// The word that a keyword value stands for.
pub(crate) fn keyword_name(number: u32) -> &'static str {
    KEYWORDS.get(number as usize).map_or("?", |(name, _)| name)
}
