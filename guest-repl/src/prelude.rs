//! The part of the library that is written in the language itself, compiled into the base image.

/// The sources, in the order in which they are loaded.
pub(crate) const SOURCES: &[&str] = &[
    include_str!("prelude/control.scm"),
    include_str!("prelude/lists.scm"),
    include_str!("prelude/numbers.scm"),
    include_str!("prelude/evaluation.scm"),
    include_str!("prelude/streams.scm"),
    include_str!("prelude/prompts.scm"),
    include_str!("prelude/amb.scm"),
    include_str!("prelude/machines.scm"),
    include_str!("prelude/functional.scm"),
    include_str!("prelude/hash-tables.scm"),
    include_str!("prelude/strings.scm"),
    include_str!("prelude/ports.scm"),
    include_str!("prelude/restarts.scm"),
    include_str!("prelude/generic.scm"),
    include_str!("prelude/effects.scm"),
    include_str!("prelude/debug.scm"),
    include_str!("prelude/features.scm"),
];

/// Names that derived forms use for procedures of the library, so that redefining those changes no form.
pub(crate) const ALIASES: &[(&str, &str)] = &[
    ("%cons", "cons"),
    ("%list", "list"),
    ("%append", "append"),
    ("%list->vector", "list->vector"),
    ("%memv", "memv"),
    ("%call-with-values", "call-with-values"),
    ("%raise", "raise"),
    ("%values", "values"),
];
