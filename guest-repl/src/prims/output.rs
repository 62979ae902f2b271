//! Output, to the port that the last argument names or to the current one.

use super::Primitive;
use super::ports::{fresh_line, put};
use crate::context::Context;
use crate::fault::Outcome;
use crate::printer;
use crate::value::Value;

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("display", 1, 2, |context, arguments| {
        let text = printer::displayed(&context.heap, arguments[0]);
        put(context, arguments.get(1), &text)
    }),
    Primitive::plain("write", 1, 2, write),
    Primitive::plain("write-shared", 1, 2, write),
    Primitive::plain("write-simple", 1, 2, write),
    Primitive::plain("write-string", 1, 4, |context, arguments| {
        let text = context.string(arguments[0])?;
        let (start, end) = context.range(arguments.get(2..).unwrap_or_default(), text.len())?;
        let text = text.slice(start, end).to_owned();
        put(context, arguments.get(1), &text)
    }),
    Primitive::plain("write-char", 1, 2, |context, arguments| {
        let char = context.char(arguments[0])?;
        put(context, arguments.get(1), char.encode_utf8(&mut [0; 4]))
    }),
    Primitive::plain("write-line", 1, 2, |context, arguments| {
        let text = printer::written(&context.heap, arguments[0]) + "\n";
        put(context, arguments.get(1), &text)
    }),
    Primitive::plain("newline", 0, 1, |context, arguments| put(context, arguments.first(), "\n")),
    Primitive::plain("fresh-line", 0, 1, |context, arguments| fresh_line(context, arguments.first())),
];

fn write(context: &mut Context, arguments: &[Value]) -> Outcome {
    let text = printer::written(&context.heap, arguments[0]);
    put(context, arguments.get(1), &text)
}
