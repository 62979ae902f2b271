//! One session: commands in, outcomes out.

use std::fmt;
use std::rc::Rc;

use rquickjs::context::EvalOptions;
use rquickjs::promise::PromiseState;
use rquickjs::{Context, Ctx, FromJs, Function, Object, Persistent, Runtime, Value};

use crate::memory::Memory;
use crate::script::{self, Completeness};
use crate::world::{Stream, World};
use crate::{HELP, memory, natives};

/// What scripts may use of the stack in the guest's memory, in bytes, which has 512 KiB (`build.rs`).
///
/// There is another stack, the host's, of 1 MiB, which the guest can't see. Of that, calls between functions, getters,
/// constructors, generators and callbacks of built-in functions were measured to take 1.9 to 2.7 times as much as of
/// this one. What takes less of this one (parentheses nested 460 deep in one source, arrays 4,000 deep in JSON) ends in a
/// trap, and the host undoes the command.
const STACK_BYTES_MAX: usize = 320 << 10;

/// The parts of the prelude, in the order in which they build on one another.
const PRELUDE: &[&str] = &[
    include_str!("prelude/inspect.js"),
    include_str!("prelude/stacks.js"),
    include_str!("prelude/console.js"),
    include_str!("prelude/timers.js"),
    include_str!("prelude/encoding.js"),
    include_str!("prelude/web.js"),
    include_str!("prelude/locale.js"),
    include_str!("prelude/host.js"),
    include_str!("prelude/lazy.js"),
    include_str!("prelude/session.js"),
];

/// Parts that are evaluated when somebody first asks for what they define, by name. The collector writes to every object
/// that there is, in each session for itself.
const LAZY: &[(&str, &str)] = &[
    ("url-parts", include_str!("prelude/url-parts.js")),
    ("url", include_str!("prelude/url.js")),
    ("events", include_str!("prelude/events.js")),
];

/// What a stack calls the prelude.
const PRELUDE_FILE: &str = "<hostel>";

/// What a command produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The printed value; empty when there is nothing to show.
    pub output: String,
    /// The command asked to leave.
    pub should_exit: bool,
}

/// Why a command has no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It threw, and nobody caught.
    Uncaught(String),
    /// It was refused memory and left an error uncaught, of this or of what came of it.
    OutOfMemory,
}

/// A session.
pub struct Repl {
    /// The prelude's `session` object. Dropped before what it belongs to.
    session: Option<Persistent<Object<'static>>>,
    context: Context,
    runtime: Runtime,
    world: Rc<dyn World>,
}

// === impl Repl ===

impl Repl {
    /// A session of its own in `world`, from which nothing is read before the first command.
    ///
    /// # Panics
    /// When there is no memory for the language itself.
    #[must_use]
    pub fn new(world: Rc<dyn World>) -> Self {
        let runtime = Runtime::new_with_alloc(Memory).expect("there is memory for a runtime");
        runtime.set_max_stack_size(STACK_BYTES_MAX);
        let context = Context::full(&runtime).expect("there is memory for a context");
        let session = context.with(|ctx| match load(&ctx, &world) {
            Ok(session) => Persistent::save(&ctx, session),
            Err(error) => panic!("the prelude fails: {error}: {}", describe(&ctx.catch())),
        });
        let tracked = session.clone();
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |ctx, promise, reason, handled| {
            let Ok(session) = tracked.clone().restore(&ctx) else { return };
            let _: Option<()> = call(&session, "rejected", (promise, reason, handled));
        })));
        let repl = Self { session: Some(session), context, runtime, world };
        // The order in which the collector leaves objects is the same from the second time on.
        repl.runtime.run_gc();
        repl.runtime.run_gc();
        repl
    }

    /// Runs a command.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn execute(&mut self, command: &str) -> Result<Reply, Fault> {
        let output = match command.trim() {
            ":help" => HELP.to_owned(),
            ":quit" | ":exit" => return Ok(Reply { output: String::new(), should_exit: true }),
            "" => String::new(),
            _ => self.evaluate(command)?,
        };
        Ok(Reply { output, should_exit: false })
    }

    /// Tells whether `input` is a whole command.
    pub fn completeness(&mut self, input: &str) -> Completeness {
        if input.trim_start().starts_with(':') {
            return Completeness::Complete;
        }
        self.context.with(|ctx| script::completeness(&ctx, input))
    }

    /// The printed value of a command, once all is done that can be done now.
    fn evaluate(&mut self, command: &str) -> Result<String, Fault> {
        memory::begin();
        self.session(|_, session| call::<()>(session, "begin", ()));
        let begun = self.session(|ctx, session| begin(ctx, session, command));
        self.settle(&begun);
        self.session(|ctx, session| {
            let outcome = begun.finish(ctx, session);
            let told: Option<bool> = call(session, "unhandled", ());
            if memory::was_refused() && (told != Some(false) || matches!(outcome, Outcome::Thrown(_))) {
                return Err(Fault::OutOfMemory);
            }
            match outcome {
                Outcome::Value(value) => Ok(call(session, "value", (value,)).unwrap_or_default()),
                Outcome::Waits => {
                    self.world.write(
                        Stream::Stderr,
                        "The command still waits for a promise; it goes on once that is settled\n",
                    );
                    Ok(String::new())
                }
                Outcome::Thrown(error) => {
                    let text = call(session, "uncaught", (error.clone(),));
                    Err(Fault::Uncaught(text.unwrap_or_else(|| format!("Uncaught {}", describe(&error)))))
                }
            }
        })
    }

    /// Runs jobs, then timers one by one with the jobs that they make, until nothing is left.
    fn settle(&self, begun: &Begun) {
        loop {
            match self.runtime.execute_pending_job() {
                Ok(true) => continue,
                Ok(false) => {}
                Err(failed) => {
                    self.report(&failed.0);
                    continue;
                }
            }
            let ran: Option<bool> = self.session(|ctx, session| call(session, "runTimer", (begun.waits(ctx),)));
            if ran != Some(true) {
                return;
            }
        }
    }

    /// Tells an exception that nobody caught, of a job.
    fn report(&self, context: &Context) {
        context.with(|ctx| {
            let error = ctx.catch();
            self.session_in(&ctx, |session| call::<()>(session, "report", (error,)));
        });
    }

    fn session<R>(&self, act: impl for<'js> FnOnce(&Ctx<'js>, &Object<'js>) -> R) -> R {
        self.context.with(|ctx| {
            let session = self.session.clone().expect("it is there until it is dropped");
            let session = session.restore(&ctx).expect("it belongs to this runtime");
            act(&ctx, &session)
        })
    }

    fn session_in<'js, R>(&self, ctx: &Ctx<'js>, act: impl FnOnce(&Object<'js>) -> R) -> R {
        let session = self.session.clone().expect("it is there until it is dropped");
        act(&session.restore(ctx).expect("it belongs to this runtime"))
    }
}

impl Drop for Repl {
    fn drop(&mut self) {
        self.runtime.set_host_promise_rejection_tracker(None);
        self.session = None;
    }
}

impl fmt::Debug for Repl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repl").finish_non_exhaustive()
    }
}

// === Outcomes ===

/// A command that has been begun.
enum Begun {
    Done(Persistent<Value<'static>>),
    Thrown(Persistent<Value<'static>>),
    /// It has `await` at top level, and this promise.
    Promised(Persistent<Value<'static>>),
}

enum Outcome<'js> {
    Value(Value<'js>),
    Thrown(Value<'js>),
    Waits,
}

fn begin<'js>(ctx: &Ctx<'js>, session: &Object<'js>, command: &str) -> Begun {
    let forgive = |promise, reason| {
        let _: Option<()> = call(session, "rejected", (promise, reason, true));
    };
    let ran = script::compile(ctx, command).and_then(|code| Ok((code.awaits, script::run(ctx, &code, forgive)?)));
    match ran {
        Ok((true, promise)) => Begun::Promised(Persistent::save(ctx, promise)),
        Ok((false, value)) => Begun::Done(Persistent::save(ctx, value)),
        Err(error) => Begun::Thrown(Persistent::save(ctx, error)),
    }
}

impl Begun {
    /// What the command awaits is not settled.
    fn waits(&self, ctx: &Ctx<'_>) -> bool {
        let Self::Promised(promise) = self else { return false };
        let promise = promise.clone().restore(ctx).expect("it belongs to this runtime");
        promise.as_promise().is_some_and(|promise| promise.state() == PromiseState::Pending)
    }

    fn finish<'js>(self, ctx: &Ctx<'js>, session: &Object<'js>) -> Outcome<'js> {
        let restore = |value: Persistent<Value<'static>>| value.restore(ctx).expect("it belongs to this runtime");
        match self {
            Self::Done(value) => Outcome::Value(restore(value)),
            Self::Thrown(error) => Outcome::Thrown(restore(error)),
            Self::Promised(value) => {
                let value = restore(value);
                let Some(promise) = value.as_promise() else { return Outcome::Value(value) };
                let result = script::promise_result(promise);
                match promise.state() {
                    PromiseState::Pending => Outcome::Waits,
                    PromiseState::Rejected => {
                        // It is told as the command's error, not as a promise that nobody handles.
                        let _: Option<()> = call(session, "rejected", (value.clone(), result.clone(), true));
                        Outcome::Thrown(result)
                    }
                    PromiseState::Resolved => {
                        Outcome::Value(result.as_object().and_then(|done| done.get("value").ok()).unwrap_or(result))
                    }
                }
            }
        }
    }
}

// === Helpers ===

/// Evaluates the prelude. Answers its `session` object.
fn load<'js>(ctx: &Ctx<'js>, world: &Rc<dyn World>) -> rquickjs::Result<Object<'js>> {
    let native = natives::object(ctx, world)?;
    let shared = Object::new(ctx.clone())?;
    let define = "(name, value) => Object.defineProperty(globalThis, name, \
                  { value, writable: true, enumerable: false, configurable: true })";
    shared.set("define", ctx.eval::<Function<'_>, _>(define)?)?;
    let lazy = |ctx: Ctx<'js>, name: String| {
        let (_, source) = LAZY.iter().find(|(part, _)| *part == name).expect("the prelude knows its parts");
        part(&ctx, source)
    };
    native.set("lazyPart", Function::new(ctx.clone(), lazy)?)?;
    for source in PRELUDE {
        part(ctx, source)?.call::<_, ()>((native.clone(), shared.clone()))?;
    }
    shared.get("session")
}

/// A part of the prelude, which is a function of `native` and `shared`.
fn part<'js>(ctx: &Ctx<'js>, source: &str) -> rquickjs::Result<Function<'js>> {
    let mut options = EvalOptions::default();
    options.filename = Some(PRELUDE_FILE.to_owned());
    ctx.eval_with_options(source, options)
}

/// Calls a function of the prelude. Nothing when it throws, for want of stack or memory.
fn call<'js, R: FromJs<'js>>(
    session: &Object<'js>,
    name: &str,
    arguments: impl rquickjs::function::IntoArgs<'js>,
) -> Option<R> {
    let answer = session.get::<_, Function<'_>>(name).and_then(|function| function.call(arguments));
    if answer.is_err() {
        session.ctx().catch();
    }
    answer.ok()
}

/// An error in few words, without the prelude.
fn describe(error: &Value<'_>) -> String {
    let Some(error) = error.as_object() else { return format!("{error:?}") };
    let text = |key: &str| error.get::<_, String>(key).unwrap_or_default();
    format!("{}: {}\n{}", text("name"), text("message"), text("stack"))
}
