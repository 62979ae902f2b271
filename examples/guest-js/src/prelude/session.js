// What the session asks of the prelude: values and errors as text, `_`, promises that nobody handles.
(native, shared) => {
  'use strict';
  const { inspect } = shared;
  const { apply } = Reflect;
  const uncurry = f => (self, ...rest) => apply(f, self, rest);
  const { defineProperty } = Object;
  const set = uncurry(Map.prototype.set);
  const forget = uncurry(Map.prototype.delete);
  const clear = uncurry(Map.prototype.clear);
  const each = uncurry(Map.prototype.forEach);
  const rejections = new Map();

  // `_` and `_error` tell the last value and error, until somebody assigns something else to them.
  const remember = name => {
    let last;
    defineProperty(globalThis, name, {
      __proto__: null,
      get: () => last,
      set(value) {
        const property = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
        defineProperty(globalThis, name, property);
      },
      configurable: true,
    });
    return value => { last = value; };
  };
  const setValue = remember('_');
  const setError = remember('_error');

  const show = value => {
    try {
      return inspect(value);
    } catch (error) {
      return `[${typeof value} that can't be printed: ${describe(error)}]`;
    }
  };
  const describe = error => {
    try { return `${error}`; } catch { return 'unknown error'; }
  };

  // An error that nobody caught was told in this command.
  let told = false;
  shared.report = error => {
    told = true;
    native.write(1, `Uncaught ${show(error)}\n`);
  };

  shared.session = {
    begin() {
      told = false;
      shared.margin();
      shared.beginTimers();
    },
    value(value) {
      setValue(value);
      shared.display(value);
      return value === undefined ? '' : show(value);
    },
    uncaught(error) {
      setError(error);
      return `Uncaught ${show(error)}`;
    },
    report: shared.report,
    runTimer: shared.runTimer,
    rejected(promise, reason, handled) {
      if (handled) forget(rejections, promise);
      else set(rejections, promise, reason);
    },
    // Tells what nobody handled. True when the command left any error uncaught.
    unhandled() {
      let any = told;
      each(rejections, reason => {
        any = true;
        native.write(1, `Uncaught (in promise) ${show(reason)}\n`);
      });
      clear(rejections);
      return any;
    },
  };
}
