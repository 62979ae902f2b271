//! The words that the compiler knows. They are bound like variables, to keyword values, so a program may redefine them.

use super::{
    Expander, Syntax, Task, conditions, core, derived, features, generic, imports, macros, quasi, records, search,
};
use crate::value::Value;

/// What a form does with its task.
pub(crate) type Expand = fn(&mut Expander<'_>, Task) -> Syntax;

/// All words, at the places that their values number.
pub(crate) const KEYWORDS: &[(&str, Expand)] = &[
    ("quote", core::quote),
    ("if", core::conditional),
    ("define", core::define),
    ("set!", core::assign),
    ("lambda", core::lambda),
    ("named-lambda", core::named_lambda),
    ("begin", core::begin),
    ("let", core::bind),
    ("and", core::and),
    ("or", core::or),
    ("let*", derived::bind_in_order),
    ("letrec", derived::bind_recursively),
    ("letrec*", derived::bind_recursively),
    ("when", derived::when),
    ("unless", derived::unless),
    ("cond", derived::cond),
    ("case", derived::case),
    ("do", derived::iterate),
    ("delay", derived::delay),
    ("delay-force", derived::delay_force),
    ("cons-stream", derived::cons_stream),
    ("amb", search::amb),
    ("bag-of", search::bag_of),
    ("reset", search::reset),
    ("shift", search::shift),
    ("effect", search::effect),
    ("cond-expand", features::cond_expand),
    ("guard", derived::guard),
    ("assert", derived::assert),
    ("parameterize", derived::parameterize),
    ("case-lambda", derived::case_lambda),
    ("let-values", records::let_values),
    ("let*-values", records::let_values_in_order),
    ("define-values", records::define_values),
    ("define-record-type", records::define_record_type),
    ("quasiquote", quasi::quasiquote),
    ("%quasi", quasi::level),
    ("unquote", quasi::stray),
    ("unquote-splicing", quasi::stray),
    ("with-restarts", conditions::with_restarts),
    ("restart-case", conditions::restart_case),
    ("handler-bind", conditions::handler_bind),
    ("define-generic", generic::define_generic),
    ("define-method", generic::define_method),
    ("else", core::stray),
    ("=>", core::stray),
    ("define-syntax", macros::define_syntax),
    ("let-syntax", macros::let_syntax),
    ("letrec-syntax", macros::letrec_syntax),
    ("syntax-rules", core::stray),
    ("syntax-error", macros::syntax_error),
    ("receive", records::receive_values),
    ("import", imports::import),
    ("define-library", imports::define_library),
];

pub(super) const QUOTE: Value = word("quote");
pub(super) const DEFINE: Value = word("define");
pub(super) const SET: Value = word("set!");
pub(super) const LAMBDA: Value = word("lambda");
pub(super) const NAMED_LAMBDA: Value = word("named-lambda");
pub(super) const BEGIN: Value = word("begin");
pub(super) const LET: Value = word("let");
pub(super) const AND: Value = word("and");
pub(super) const LET_STAR: Value = word("let*");
pub(super) const LETREC: Value = word("letrec");
pub(super) const COND: Value = word("cond");
pub(super) const IF: Value = word("if");
pub(super) const OR: Value = word("or");
pub(super) const DELAY: Value = word("delay");
pub(super) const ELSE: Value = word("else");
pub(super) const ARROW: Value = word("=>");
pub(super) const LET_STAR_VALUES: Value = word("let*-values");
pub(super) const DEFINE_VALUES: Value = word("define-values");
pub(super) const DEFINE_GENERIC: Value = word("define-generic");
pub(super) const DEFINE_RECORD_TYPE: Value = word("define-record-type");
pub(super) const QUASIQUOTE: Value = word("quasiquote");
pub(super) const QUASI: Value = word("%quasi");
pub(super) const UNQUOTE: Value = word("unquote");
pub(super) const UNQUOTE_SPLICING: Value = word("unquote-splicing");
pub(super) const DEFINE_SYNTAX: Value = word("define-syntax");
pub(super) const SYNTAX_RULES: Value = word("syntax-rules");

/// The value of a word, found when the compiler is compiled.
const fn word(name: &str) -> Value {
    let mut number = 0;
    while !is_same(KEYWORDS[number as usize].0, name) {
        number += 1;
    }
    Value::keyword(number)
}

const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// The number of the keyword value that stands for a word.
pub(crate) fn keyword_number(word: &str) -> Option<u32> {
    let number = KEYWORDS.iter().position(|(name, _)| *name == word);
    number.and_then(|number| u32::try_from(number).ok())
}

/// The word that a keyword value stands for.
pub(crate) fn keyword_name(number: u32) -> &'static str {
    KEYWORDS.get(number as usize).map_or("?", |(name, _)| name)
}
