//! Sameness, and what kind of thing a value is.

use super::Primitive;
use crate::equality::{equal, eqv, is_number};
use crate::heap::Object;
use crate::value::{Kind, Value};

/// Defines a primitive that tells whether its argument is such an object.
macro_rules! object {
    ($name:literal, $pattern:pat) => {
        Primitive::plain($name, 1, 1, |context, arguments| {
            Ok(Value::bool(matches!(context.heap.as_object(arguments[0]), Some($pattern))))
        })
    };
}

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("eq?", 2, 2, |_, arguments| Ok(Value::bool(arguments[0] == arguments[1]))),
    Primitive::plain("eqv?", 2, 2, |context, arguments| {
        Ok(Value::bool(eqv(&context.heap, arguments[0], arguments[1])))
    }),
    Primitive::plain("equal?", 2, 2, |context, arguments| {
        Ok(Value::bool(equal(&context.heap, arguments[0], arguments[1])))
    }),
    Primitive::plain("not", 1, 1, |_, arguments| Ok(Value::bool(!arguments[0].is_true()))),
    Primitive::plain("boolean?", 1, 1, |_, arguments| {
        Ok(Value::bool(matches!(arguments[0], Value::TRUE | Value::FALSE)))
    }),
    Primitive::plain("symbol?", 1, 1, |_, arguments| Ok(Value::bool(arguments[0].as_symbol().is_some()))),
    Primitive::plain("char?", 1, 1, |_, arguments| Ok(Value::bool(matches!(arguments[0].kind(), Kind::Char(_))))),
    Primitive::plain("number?", 1, 1, |context, arguments| Ok(Value::bool(is_number(&context.heap, arguments[0])))),
    Primitive::plain("eof-object?", 1, 1, |_, arguments| Ok(Value::bool(arguments[0] == Value::EOF))),
    Primitive::plain("eof-object", 0, 0, |_, _| Ok(Value::EOF)),
    object!("string?", Object::Text(_)),
    object!("vector?", Object::Vector(_)),
    object!("procedure?", Object::Closure { .. } | Object::Primitive(_) | Object::Continuation(_)),
    object!("machine?", Object::Process(_)),
    object!("environment?", Object::Environment(_)),
    object!("promise?", Object::Promise(_)),
    object!("error-object?", Object::Condition(_)),
    object!("condition?", Object::Condition(_)),
    object!("continuation?", Object::Continuation(_)),
];
