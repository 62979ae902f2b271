//! Source as compiled code, and the corners of the engine that rquickjs has no safe door to.
#![expect(unsafe_code, reason = "the engine's C interface")]

use rquickjs::promise::{Promise, PromiseState};
use rquickjs::{Ctx, TypedArray, Value, qjs};

/// What a stack calls the user's code.
pub(crate) const FILE: &str = "<repl>";

/// Whether an input is ready to be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// A whole command.
    Complete,
    /// A beginning.
    Incomplete,
    /// No continuation makes it valid.
    Invalid,
}

/// A command that compiled.
pub(crate) struct Script<'js> {
    code: Value<'js>,
    /// It answers a promise for `{ value }`.
    pub(crate) awaits: bool,
}

/// A way to read a command.
#[derive(Debug, Clone, Copy)]
struct Reading {
    /// As an expression in parentheses, so that a leading brace begins an object.
    expression: bool,
    /// With `await` at top level.
    awaits: bool,
}

/// Why there is no import and no export.
const NO_MODULES: &str = "import and export are not available: a session has no modules";

/// Compiles `source`, as the first of its readings that is valid.
///
/// # Errors
/// What was thrown for its plainest reading.
pub(crate) fn compile<'js>(ctx: &Ctx<'js>, source: &str) -> Result<Script<'js>, Value<'js>> {
    let mut complaint = None;
    for reading in readings(source) {
        match compile_as(ctx, source, reading) {
            Ok(code) => return Ok(Script { code, awaits: reading.awaits }),
            Err(error) if !reading.expression => complaint = complaint.or(Some(error)),
            Err(_) => {}
        }
    }
    let complaint = complaint.expect("the last reading is plain");
    let is_module = |word: &str| source.trim_start().strip_prefix(word).is_some_and(|rest| !rest.starts_with('('));
    if ["import", "export "].into_iter().any(is_module) {
        // When it can't be set, the parser's own words remain.
        let _ = complaint.as_object().map(|error| error.set("message", NO_MODULES));
    }
    Err(complaint)
}

/// Tells whether `source` is a whole command, without running any of it.
pub(crate) fn completeness(ctx: &Ctx<'_>, source: &str) -> Completeness {
    if compile(ctx, source).is_ok() {
        return Completeness::Complete;
    }
    // A parser that complains of what no program may hold, put after the input, has nothing against the input.
    // A template is closed before that, for there it would be text; and so is a string that goes on over a line.
    let closers: &[&str] =
        if source.trim_end_matches(' ').ends_with('\\') { &["", "`", "'", "\""] } else { &["", "`"] };
    let is_beginning = closers.iter().any(|closer| {
        let probe = format!("{source}\n{closer}\n\u{1}");
        let line = probe.split('\n').count();
        readings(source).into_iter().any(|reading| {
            let complaint = compile_as(ctx, &probe, reading).err().and_then(|error| Complaint::of(&error));
            complaint.is_some_and(|complaint| complaint.wants_more(line))
        })
    });
    if is_beginning { Completeness::Incomplete } else { Completeness::Invalid }
}

/// Runs a script. Answers what it evaluates to, or what it threw.
///
/// What `let`, `const` and `class` declared in earlier commands may be declared again, as people do at a prompt. The
/// engine refuses that before it runs anything of the script; one that awaits then answers a promise that is rejected,
/// which `forgive` is told of when the script is run once more instead.
pub(crate) fn run<'js>(
    ctx: &Ctx<'js>,
    script: &Script<'js>,
    forgive: impl Fn(Value<'js>, Value<'js>),
) -> Result<Value<'js>, Value<'js>> {
    loop {
        let raw = ctx.as_raw().as_ptr();
        // SAFETY: `code` is a compiled script of this context; the call takes one reference to it.
        let value = unsafe { adopt(ctx, qjs::JS_EvalFunction(raw, qjs::JS_DupValue(raw, script.code.as_raw()))) };
        let complaint = match &value {
            Ok(value) if script.awaits => rejection(value),
            Ok(_) => None,
            Err(error) => Some(error.clone()),
        };
        let Some(complaint) = complaint else { return value };
        if !declared_again(&complaint).is_some_and(|name| forget(ctx, &name)) {
            return value;
        }
        if let Ok(promise) = value {
            forgive(promise, complaint);
        }
    }
}

/// What a promise was rejected with.
fn rejection<'js>(value: &Value<'js>) -> Option<Value<'js>> {
    let promise = value.as_promise().filter(|promise| promise.state() == PromiseState::Rejected)?;
    Some(promise_result(promise))
}

/// The text of a string. What is not Unicode in it is replaced.
pub(crate) fn text(string: &rquickjs::String<'_>) -> String {
    let ctx = string.ctx().as_raw().as_ptr();
    let mut length = 0;
    // SAFETY: the engine gives `length` bytes, which are copied before they are given back.
    unsafe {
        let bytes = qjs::JS_ToCStringLen(ctx, &raw mut length, string.as_raw());
        if bytes.is_null() {
            return String::new();
        }
        let text = String::from_utf8_lossy(std::slice::from_raw_parts(bytes.cast::<u8>(), length)).into_owned();
        qjs::JS_FreeCString(ctx, bytes);
        text
    }
}

/// A copy of bytes; none when their buffer was detached.
pub(crate) fn bytes(array: &TypedArray<'_, u8>) -> Vec<u8> {
    // SAFETY: nothing of the engine runs while they are copied.
    array.as_raw().map_or_else(Vec::new, |bytes| unsafe { bytes.as_ref() }.to_vec())
}

/// The engine's class of a value; 0 when it is no object.
pub(crate) fn class_of(value: &Value<'_>) -> u32 {
    // SAFETY: only looks at the value.
    unsafe { qjs::JS_GetClassID(value.as_raw()) }
}

/// What a proxy stands for; nothing when it was revoked.
pub(crate) fn proxy_target<'js>(proxy: &Value<'js>) -> Option<Value<'js>> {
    let ctx = proxy.ctx();
    // SAFETY: the answer is a reference of its own, or an exception.
    let target = unsafe { adopt(ctx, qjs::JS_GetProxyTarget(ctx.as_raw().as_ptr(), proxy.as_raw())) };
    target.ok().filter(Value::is_object)
}

/// What a promise was resolved or rejected with.
pub(crate) fn promise_result<'js>(promise: &Promise<'js>) -> Value<'js> {
    let ctx = promise.ctx();
    // SAFETY: the answer is a reference of its own.
    let result = unsafe { adopt(ctx, qjs::JS_PromiseResult(ctx.as_raw().as_ptr(), promise.as_raw())) };
    result.unwrap_or_else(|_| Value::new_undefined(ctx.clone()))
}

/// The version of the engine.
pub(crate) fn engine_version() -> String {
    // SAFETY: a constant of the engine, ended by a zero.
    let version = unsafe { std::ffi::CStr::from_ptr(qjs::JS_GetVersion()) };
    version.to_string_lossy().into_owned()
}

// === Readings ===

fn readings(source: &str) -> Vec<Reading> {
    let trimmed = source.trim();
    let expressions: &[bool] =
        if trimmed.starts_with('{') && !trimmed.ends_with(';') { &[true, false] } else { &[false] };
    let awaits: &[bool] = if source.contains("await") { &[true, false] } else { &[false] };
    let all = expressions
        .iter()
        .flat_map(|expression| awaits.iter().map(|awaits| Reading { expression: *expression, awaits: *awaits }));
    all.collect()
}

fn compile_as<'js>(ctx: &Ctx<'js>, source: &str, reading: Reading) -> Result<Value<'js>, Value<'js>> {
    let source = if reading.expression { format!("({source}\n)") } else { source.to_owned() };
    let mut flags = qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_COMPILE_ONLY | qjs::JS_EVAL_FLAG_BACKTRACE_BARRIER;
    if reading.awaits {
        flags |= qjs::JS_EVAL_FLAG_ASYNC;
    }
    let file = std::ffi::CString::new(FILE).expect("it has no zero");
    let length = source.len();
    let mut bytes = source.into_bytes();
    bytes.push(0);
    #[expect(clippy::cast_possible_wrap, reason = "a handful of flags")]
    let mut options = qjs::JSEvalOptions { version: 1, eval_flags: flags as i32, filename: file.as_ptr(), line_num: 1 };
    // SAFETY: the source ends with a zero after `length` bytes; it and the options outlive the call.
    unsafe {
        let code = qjs::JS_Eval2(ctx.as_raw().as_ptr(), bytes.as_ptr().cast(), length as _, &raw mut options);
        adopt(ctx, code)
    }
}

/// Takes over what the engine answered: a value, or the exception that it keeps.
///
/// # Safety
/// `raw` is a value of this context that nobody else will free.
unsafe fn adopt<'js>(ctx: &Ctx<'js>, raw: qjs::JSValue) -> Result<Value<'js>, Value<'js>> {
    // SAFETY: as promised by the caller.
    unsafe {
        if qjs::JS_IsException(raw) {
            return Err(Value::from_raw(ctx.clone(), qjs::JS_GetException(ctx.as_raw().as_ptr())));
        }
        Ok(Value::from_raw(ctx.clone(), raw))
    }
}

// === Complaints of the parser ===

/// What the parser had to say, and where.
struct Complaint {
    message: String,
    line: usize,
}

impl Complaint {
    fn of(error: &Value<'_>) -> Option<Self> {
        let error = error.as_object()?;
        let message: String = error.get("message").ok()?;
        let stack: String = error.get("stack").ok()?;
        let place = frames(&stack).last()?.split_once(FILE)?.1;
        let line = place.strip_prefix(':')?.split(':').next()?.parse().ok()?;
        Some(Self { message, line })
    }

    /// It is about the end of the input, which is at `end`: something is missing.
    fn wants_more(&self, end: usize) -> bool {
        // These two are told at the token after them.
        let misplaced = self.message.starts_with("break ") || self.message.starts_with("continue ");
        (self.line == end && !misplaced) || self.message == "unexpected end of comment"
    }
}

/// The lines of a stack after an error's own words.
fn frames(stack: &str) -> impl Iterator<Item = &str> {
    stack.lines().filter(|line| line.starts_with("    at "))
}

// === Declarations ===

/// The name, when `error` says that a script declares what an earlier one declared. Code that a script evaluates may say
/// so too, when much of the script has run; that error has come through more than one place.
fn declared_again(error: &Value<'_>) -> Option<String> {
    let error = error.as_object()?;
    let message: String = error.get("message").ok()?;
    let stack: String = error.get("stack").ok()?;
    if frames(&stack).count() != 1 {
        return None;
    }
    let name = message.strip_prefix("redeclaration of '")?.strip_suffix('\'')?;
    Some(name.to_owned())
}

/// Forgets what `let`, `const` or `class` declared. False when there is nothing of that name to forget.
fn forget(ctx: &Ctx<'_>, name: &str) -> bool {
    let Some(lexicals) = lexicals(ctx) else { return false };
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: the object lives as long as the context, which has it; the atom is freed.
    unsafe {
        let atom = qjs::JS_NewAtomLen(raw, name.as_ptr().cast(), name.len() as _);
        let forgotten =
            qjs::JS_HasProperty(raw, lexicals, atom) == 1 && qjs::JS_DeleteProperty(raw, lexicals, atom, 0) == 1;
        qjs::JS_FreeAtom(raw, atom);
        forgotten
    }
}

/// The object in which the context keeps what was declared with `let`, `const` and `class`, which the engine shows to
/// nobody. In the context it comes right after the global object.
fn lexicals(ctx: &Ctx<'_>) -> Option<qjs::JSValue> {
    /// Words of a context that are looked through; the global object is the 60th or so.
    const WORDS_MAX: usize = 128;
    let raw = ctx.as_raw().as_ptr();
    let words = raw.cast::<qjs::JSValue>();
    // SAFETY: the context is larger than what is looked at before its global object is found, and has been initialised
    // up to there and one value beyond.
    unsafe {
        let global = qjs::JS_GetGlobalObject(raw);
        qjs::JS_FreeValue(raw, global);
        let is_global = |value: qjs::JSValue| {
            qjs::JS_VALUE_GET_TAG(value) == qjs::JS_TAG_OBJECT
                && qjs::JS_VALUE_GET_PTR(value) == qjs::JS_VALUE_GET_PTR(global)
        };
        let at = (0..WORDS_MAX).find(|n| is_global(words.add(*n).read()))?;
        let next = words.add(at + 1).read();
        (qjs::JS_VALUE_GET_TAG(next) == qjs::JS_TAG_OBJECT).then_some(next)
    }
}
