//! Output.

use super::Primitive;
use crate::context::Context;
use crate::fault::Outcome;
use crate::printer;
use crate::value::Value;

pub(super) static TABLE: &[Primitive] = &[
    Primitive::plain("display", 1, 1, |context, arguments| {
        let text = printer::displayed(&context.heap, arguments[0]);
        write(context, &text)
    }),
    Primitive::plain("write", 1, 1, |context, arguments| {
        let text = printer::written(&context.heap, arguments[0]);
        write(context, &text)
    }),
    Primitive::plain("write-shared", 1, 1, |context, arguments| {
        let text = printer::written(&context.heap, arguments[0]);
        write(context, &text)
    }),
    Primitive::plain("write-string", 1, 1, |context, arguments| {
        let text = context.string(arguments[0])?.as_str().to_owned();
        write(context, &text)
    }),
    Primitive::plain("write-char", 1, 1, |context, arguments| {
        let char = context.char(arguments[0])?;
        write(context, char.encode_utf8(&mut [0; 4]))
    }),
    Primitive::plain("write-line", 1, 1, |context, arguments| {
        let text = printer::written(&context.heap, arguments[0]) + "\n";
        write(context, &text)
    }),
    Primitive::plain("newline", 0, 0, |context, _| write(context, "\n")),
    Primitive::plain("fresh-line", 0, 0, |context, _| {
        context.fresh_line();
        Ok(Value::UNSPECIFIED)
    }),
];

fn write(context: &mut Context, text: &str) -> Outcome {
    context.write(text);
    Ok(Value::UNSPECIFIED)
}
