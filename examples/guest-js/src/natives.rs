//! What the prelude asks of the world and of the engine, as functions of one object.

use std::cell::Cell;
use std::rc::Rc;

use rquickjs::promise::PromiseState;
use rquickjs::{Array, Ctx, Exception, Function, Object, Result, TypedArray, Value};

use crate::script;
use crate::world::{Failure, Stream, World};

thread_local! {
    /// Milliseconds by which timers have moved time, of the day and since some moment, in the whole session: it goes back
    /// by none of them when a command ends.
    static SKEW_MS: Cell<f64> = const { Cell::new(0.0) };
}

/// Microseconds by which the time of day is ahead of the world's.
#[cfg(target_arch = "wasm32")]
pub(crate) fn skew_us() -> f64 {
    SKEW_MS.get() * 1e3
}

/// The object that the prelude calls `native`.
pub(crate) fn object<'js>(ctx: &Ctx<'js>, world: &Rc<dyn World>) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    outside(ctx, &native, world)?;
    host(ctx, &native, world)?;
    text(ctx, &native)?;
    inside(ctx, &native)?;
    Ok(native)
}

/// Output, clocks, random numbers.
fn outside<'js>(ctx: &Ctx<'js>, native: &Object<'js>, world: &Rc<dyn World>) -> Result<()> {
    let out = world.clone();
    let write = move |to: i32, text: rquickjs::String<'js>| -> Result<()> {
        out.write(if to == 0 { Stream::Stdout } else { Stream::Stderr }, &script::text(&text));
        Ok(())
    };
    native.set("write", Function::new(ctx.clone(), write)?)?;
    let clock = world.clone();
    #[expect(clippy::cast_precision_loss, reason = "a hundred days of nanoseconds are exact, and more are near enough")]
    let monotonic = move || clock.monotonic_ns() as f64 / 1e6 + SKEW_MS.get();
    native.set("monotonic", Function::new(ctx.clone(), monotonic)?)?;
    let skip = |ms: f64| SKEW_MS.set(SKEW_MS.get() + ms);
    native.set("skip", Function::new(ctx.clone(), skip)?)?;
    let dice = world.clone();
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    let random = move || (dice.random() >> 11) as f64 / (1_u64 << 53) as f64;
    native.set("random", Function::new(ctx.clone(), random)?)?;
    let dice = world.clone();
    let bytes = move |ctx: Ctx<'js>, count: usize| TypedArray::<u8>::new_copy(ctx, dice.random_bytes(count));
    native.set("randomBytes", Function::new(ctx.clone(), bytes)?)
}

/// What the host does for a session. An answer is text, and a kind when it is a failure.
fn host<'js>(ctx: &Ctx<'js>, native: &Object<'js>, world: &Rc<dyn World>) -> Result<()> {
    let callee = world.clone();
    let call = move |ctx: Ctx<'js>, name: rquickjs::String<'js>, arguments: rquickjs::String<'js>| {
        answer(ctx, callee.call(&script::text(&name), &script::text(&arguments)))
    };
    native.set("call", Function::new(ctx.clone(), call)?)?;
    let person = world.clone();
    let read =
        move |ctx: Ctx<'js>, prompt: rquickjs::String<'js>| answer(ctx, person.read_line(&script::text(&prompt)));
    native.set("readLine", Function::new(ctx.clone(), read)?)?;
    let screen = world.clone();
    let display = move |types: Vec<rquickjs::String<'js>>, data: Vec<TypedArray<'js, u8>>| -> Option<String> {
        let forms = types.iter().map(script::text).zip(data.iter().map(script::bytes));
        screen.display(forms.collect()).err()
    };
    native.set("display", Function::new(ctx.clone(), display)?)
}

fn answer<'js>(ctx: Ctx<'js>, answer: std::result::Result<String, Failure>) -> Result<Array<'js>> {
    let parts = Array::new(ctx)?;
    match answer {
        Ok(text) => parts.set(0, text)?,
        Err(failure) => {
            parts.set(0, failure.message)?;
            parts.set(1, failure.kind)?;
        }
    }
    Ok(parts)
}

/// UTF-8.
fn text<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    let encode = |ctx: Ctx<'js>, text: rquickjs::String<'js>| TypedArray::<u8>::new_copy(ctx, script::text(&text));
    native.set("encode", Function::new(ctx.clone(), encode)?)?;
    let decode = |bytes: TypedArray<'js, u8>, fatal: bool| -> Option<String> {
        let bytes = script::bytes(&bytes);
        if fatal { String::from_utf8(bytes).ok() } else { Some(String::from_utf8_lossy(&bytes).into_owned()) }
    };
    native.set("decode", Function::new(ctx.clone(), decode)?)
}

/// What the language does not tell of its own values.
fn inside<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("kind", Function::new(ctx.clone(), |value: Value<'js>| script::class_of(&value))?)?;
    // undefined: no proxy; null: one that was revoked.
    let target = |ctx: Ctx<'js>, value: Value<'js>| -> Value<'js> {
        if !value.is_proxy() {
            return Value::new_undefined(ctx);
        }
        script::proxy_target(&value).unwrap_or_else(|| Value::new_null(ctx))
    };
    native.set("proxyTarget", Function::new(ctx.clone(), target)?)?;
    let promise = |ctx: Ctx<'js>, value: Value<'js>| -> Result<Array<'js>> {
        let Some(promise) = value.as_promise() else { return Err(Exception::throw_type(&ctx, "not a promise")) };
        let state = match promise.state() {
            PromiseState::Pending => "pending",
            PromiseState::Resolved => "resolved",
            PromiseState::Rejected => "rejected",
        };
        let answer = Array::new(ctx)?;
        answer.set(0, state)?;
        answer.set(1, script::promise_result(promise))?;
        Ok(answer)
    };
    native.set("promise", Function::new(ctx.clone(), promise)?)
}
