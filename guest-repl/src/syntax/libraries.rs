//! The libraries of the standard, and of some SRFIs. All their names that the language knows are there from the start, in
//! one place, so importing them changes nothing but for the names that it gives anew.

/// A library that programs may import.
pub(super) struct Library {
    /// `base` of `(scheme base)`, `1` of `(srfi 1)`.
    pub(super) name: &'static str,
    /// What it defines by its own document, between spaces. A few of them, for files mostly, are not there.
    pub(super) exports: &'static str,
    /// It is there as far as `cond-expand` is concerned: a program that asks would better not use the others.
    pub(super) is_whole: bool,
}

const fn whole(name: &'static str, exports: &'static str) -> Library {
    Library { name, exports, is_whole: true }
}

const fn partly(name: &'static str, exports: &'static str) -> Library {
    Library { name, exports, is_whole: false }
}

/// `(scheme …)`, of R7RS-small, appendix A.
pub(super) static SCHEME: &[Library] = &[
    whole("base", BASE),
    whole("case-lambda", "case-lambda"),
    whole("char", CHAR),
    partly("complex", "angle imag-part magnitude make-polar make-rectangular real-part"),
    whole("cxr", CXR),
    whole("eval", "environment eval"),
    partly("file", FILE),
    whole("inexact", "acos asin atan cos exp finite? infinite? log nan? sin sqrt tan"),
    whole("lazy", "delay delay-force force make-promise promise?"),
    partly("load", "load"),
    partly("process-context", PROCESS_CONTEXT),
    partly("r5rs", R5RS),
    whole("read", "read"),
    whole("repl", "interaction-environment"),
    whole("time", "current-jiffy current-second jiffies-per-second"),
    whole("write", "display write write-shared write-simple"),
];

/// `(srfi …)`
pub(super) static SRFI: &[Library] = &[
    whole("0", "cond-expand"),
    partly("1", LISTS),
    whole("6", "open-input-string open-output-string get-output-string"),
    whole("8", "receive"),
    whole("9", "define-record-type"),
    whole("11", "let-values let*-values"),
    whole("16", "case-lambda"),
    whole("23", "error"),
    whole("30", ""),
    whole("34", "with-exception-handler guard raise"),
    whole("39", "make-parameter parameterize"),
    whole("62", ""),
    partly("69", TABLES),
    whole("87", "case"),
];

const BASE: &str = "* + - ... / < <= = => > >= _ abs and append apply assoc assq assv begin binary-port? boolean=? \
     boolean? bytevector bytevector-append bytevector-copy bytevector-copy! bytevector-length \
     bytevector-u8-ref bytevector-u8-set! bytevector? caar cadr call-with-current-continuation \
     call-with-port call-with-values call/cc car case cdar cddr cdr ceiling char->integer char-ready? \
     char<=? char<? char=? char>=? char>? char? close-input-port close-output-port close-port complex? \
     cond cond-expand cons current-error-port current-input-port current-output-port define \
     define-record-type define-syntax define-values denominator do dynamic-wind else eof-object \
     eof-object? eq? equal? eqv? error error-object-irritants error-object-message error-object? even? \
     exact exact-integer-sqrt exact-integer? exact? expt features file-error? floor floor-quotient \
     floor-remainder floor/ flush-output-port for-each gcd get-output-bytevector get-output-string guard \
     if include include-ci inexact inexact? input-port-open? input-port? integer->char integer? lambda \
     lcm length let let* let*-values let-syntax let-values letrec letrec* letrec-syntax list \
     list->string list->vector list-copy list-ref list-set! list-tail list? make-bytevector make-list \
     make-parameter make-string make-vector map max member memq memv min modulo negative? newline not \
     null? number->string number? numerator odd? open-input-bytevector open-input-string \
     open-output-bytevector open-output-string or output-port-open? output-port? pair? parameterize \
     peek-char peek-u8 positive? procedure? quasiquote quote quotient raise raise-continuable rational? \
     rationalize read-bytevector read-bytevector! read-char read-error? read-line read-string read-u8 \
     real? remainder reverse round set! set-car! set-cdr! square string string->list string->number \
     string->symbol string->utf8 string->vector string-append string-copy string-copy! string-fill! \
     string-for-each string-length string-map string-ref string-set! string<=? string<? string=? \
     string>=? string>? string? substring symbol->string symbol=? symbol? syntax-error syntax-rules \
     textual-port? truncate truncate-quotient truncate-remainder truncate/ u8-ready? unless unquote \
     unquote-splicing utf8->string values vector vector->list vector->string vector-append vector-copy \
     vector-copy! vector-fill! vector-for-each vector-length vector-map vector-ref vector-set! vector? \
     when with-exception-handler write-bytevector write-char write-string write-u8 zero?";

const CHAR: &str = "char-alphabetic? char-ci<=? char-ci<? char-ci=? char-ci>=? char-ci>? char-downcase char-foldcase \
     char-lower-case? char-numeric? char-upcase char-upper-case? char-whitespace? digit-value \
     string-ci<=? string-ci<? string-ci=? string-ci>=? string-ci>? string-downcase string-foldcase \
     string-upcase";

const CXR: &str = "caaaar caaadr caaar caadar caaddr caadr cadaar cadadr cadar caddar cadddr caddr cdaaar cdaadr cdaar \
     cdadar cdaddr cdadr cddaar cddadr cddar cdddar cddddr cdddr";

const FILE: &str = "call-with-input-file call-with-output-file delete-file file-exists? open-binary-input-file \
     open-binary-output-file open-input-file open-output-file with-input-from-file with-output-to-file";

const PROCESS_CONTEXT: &str = "command-line emergency-exit exit get-environment-variable get-environment-variables";

const R5RS: &str = "* + - / < <= = > >= abs acos and angle append apply asin assoc assq assv atan begin boolean? caaaar \
     caaadr caaar caadar caaddr caadr caar cadaar cadadr cadar caddar cadddr caddr cadr \
     call-with-current-continuation call-with-input-file call-with-output-file call-with-values car case \
     cdaaar cdaadr cdaar cdadar cdaddr cdadr cdar cddaar cddadr cddar cdddar cddddr cdddr cddr cdr \
     ceiling char->integer char-alphabetic? char-ci<=? char-ci<? char-ci=? char-ci>=? char-ci>? \
     char-downcase char-lower-case? char-numeric? char-ready? char-upcase char-upper-case? \
     char-whitespace? char<=? char<? char=? char>=? char>? char? close-input-port close-output-port \
     complex? cond cons cos current-input-port current-output-port define define-syntax delay \
     denominator display do dynamic-wind else eof-object? eq? equal? eqv? eval even? exact->inexact \
     exact? exp expt floor for-each force gcd if imag-part inexact->exact inexact? input-port? \
     integer->char integer? interaction-environment lambda lcm length let let* let-syntax letrec \
     letrec-syntax list list->string list->vector list-ref list-tail list? load log magnitude make-polar \
     make-rectangular make-string make-vector map max member memq memv min modulo negative? newline not \
     null-environment null? number->string number? numerator odd? open-input-file open-output-file or \
     output-port? pair? peek-char positive? procedure? quasiquote quote quotient rational? rationalize \
     read read-char real-part real? remainder reverse round scheme-report-environment set! set-car! \
     set-cdr! sin sqrt string string->list string->number string->symbol string-append string-ci<=? \
     string-ci<? string-ci=? string-ci>=? string-ci>? string-copy string-fill! string-length string-ref \
     string-set! string<=? string<? string=? string>=? string>? string? substring symbol->string symbol? \
     syntax-rules tan truncate values vector vector->list vector-fill! vector-length vector-ref \
     vector-set! vector? with-input-from-file with-output-to-file write write-char zero?";

/// What is there of SRFI 1.
const LISTS: &str = "cons list cons* make-list list-tabulate list-copy iota pair? null? car cdr first second third \
     fourth fifth take drop take-right drop-right split-at last last-pair length append concatenate \
     reverse append! reverse! append-reverse zip count map for-each fold unfold reduce fold-right \
     reduce-right append-map filter-map filter partition remove find find-tail any every list-index \
     take-while drop-while span break delete delete-duplicates delete! member assq assv assoc set-car! \
     set-cdr!";

/// What is there of SRFI 69.
const TABLES: &str = "make-hash-table hash-table? alist->hash-table hash-table-ref hash-table-ref/default hash-table-set! \
     hash-table-delete! hash-table-exists? hash-table-update! hash-table-update!/default hash-table-size \
     hash-table-keys hash-table-values hash-table-walk hash-table-fold hash-table->alist hash-table-copy";

// === impl Library ===

impl Library {
    pub(super) fn exports(&self) -> impl Iterator<Item = &'static str> {
        self.exports.split_ascii_whitespace()
    }
}

/// All that there are, for a person.
pub(super) fn list() -> String {
    let names = |libraries: &[Library]| libraries.iter().map(|library| library.name).collect::<Vec<_>>().join(", ");
    format!("(scheme …) with {} and (srfi …) with {}", names(SCHEME), names(SRFI))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::Repl;
    use crate::value::Value;
    use crate::world::Nowhere;

    /// What the standard's libraries that count as whole have and the language has not.
    const LEFT_OUT: &str = "... _ get-output-bytevector include include-ci open-input-bytevector open-output-bytevector \
                            peek-u8 read-bytevector read-bytevector! read-u8 u8-ready? write-bytevector write-u8 environment";

    #[test]
    fn libraries_have_what_they_say() {
        let repl = Repl::new(Box::new(Nowhere));
        let heap = &repl.machine.context.heap;
        let is_there = |name: &str| heap.find(name).is_some_and(|id| heap.symbol(id).value != Value::UNBOUND);
        let libraries = SCHEME.iter().filter(|library| library.is_whole).chain(SRFI);
        let missing = libraries.flat_map(Library::exports).filter(|name| !is_there(name));
        assert_eq!(missing.collect::<Vec<_>>().join(" "), LEFT_OUT);
    }
}
