//! How forms are written, for whoever wrote one otherwise.

/// Forms as they should be.
const USAGES: &[(&str, &str)] = &[
    ("quote", "(quote datum)"),
    ("if", "(if test then else) or (if test then)"),
    ("define", "(define name value) or (define (name parameter …) body …)"),
    ("set!", "(set! name value)"),
    ("lambda", "(lambda (parameter …) body …)"),
    ("named-lambda", "(named-lambda (name parameter …) body …)"),
    ("let", "(let ((name value) …) body …)"),
    ("let*", "(let* ((name value) …) body …)"),
    ("letrec", "(letrec ((name value) …) body …)"),
    ("letrec*", "(letrec* ((name value) …) body …)"),
    ("when", "(when test expression …)"),
    ("unless", "(unless test expression …)"),
    ("cond", "(cond (test expression …) … (else expression …))"),
    ("case", "(case key ((datum …) expression …) … (else expression …))"),
    ("do", "(do ((name value step) …) (test result …) body …)"),
    ("delay", "(delay expression)"),
    ("cons-stream", "(cons-stream first rest)"),
    ("bag-of", "(bag-of expression …)"),
    ("reset", "(reset expression …)"),
    ("shift", "(shift name expression …)"),
    ("effect", "(effect name argument …)"),
    ("cond-expand", "(cond-expand (requirement form …) …)"),
    ("guard", "(guard (name (test expression …) …) body …)"),
    ("assert", "(assert test)"),
    ("parameterize", "(parameterize ((parameter value) …) body …)"),
    ("case-lambda", "(case-lambda ((parameter …) body …) …)"),
    ("let-values", "(let-values (((name …) values) …) body …)"),
    ("let*-values", "(let*-values (((name …) values) …) body …)"),
    ("define-values", "(define-values (name …) values)"),
    ("receive", "(receive (name …) values body …)"),
    ("define-record-type", "(define-record-type name (constructor field …) predicate (field accessor) …)"),
    ("with-restarts", "(with-restarts ((name procedure) …) body …)"),
    ("restart-case", "(restart-case expression (name (parameter …) body …) …)"),
    ("handler-bind", "(handler-bind ((predicate handler) …) body …)"),
    ("define-generic", "(define-generic name) or (define-generic (name parameter …) body …)"),
    ("define-method", "(define-method (name (parameter predicate) …) body …)"),
    ("define-syntax", "(define-syntax name (syntax-rules …))"),
    ("let-syntax", "(let-syntax ((name (syntax-rules …)) …) body …)"),
    ("letrec-syntax", "(letrec-syntax ((name (syntax-rules …)) …) body …)"),
    ("import", "(import (scheme base) …)"),
];

/// How the form that begins with `word` is written.
pub(super) fn usage(word: &str) -> Option<&'static str> {
    USAGES.iter().find(|(known, _)| *known == word).map(|(_, usage)| *usage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::keyword_number;

    #[test]
    fn usages_are_those_of_forms() {
        for (word, usage) in USAGES {
            assert!(keyword_number(word).is_some(), "{word}");
            assert!(usage.starts_with(&format!("({word} ")), "{usage}");
        }
    }
}
