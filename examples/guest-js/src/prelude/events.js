// Events and what is aborted, after the DOM standard, without a tree: a target has no parents.
(native, shared) => {
  'use strict';
  const CUSTOM = Symbol.for('nodejs.util.inspect.custom');
  const KEY = {};

  // === Event ===

  const AT_TARGET = 2;
  // Set by Event: how a target is to pass it on.
  let dispatch;

  class Event {
    #type;
    #bubbles;
    #cancelable;
    #composed;
    #timeStamp = performance.now();
    #target = null;
    #passing = false;
    #passive = false;
    #prevented = false;
    #stopped = false;
    static {
      dispatch = (event, target, listeners) => {
        if (event.#passing) throw new DOMException('The event is already being dispatched', 'InvalidStateError');
        event.#target = target;
        event.#passing = true;
        for (const listener of listeners) {
          if (listener.removed) continue;
          if (listener.once) listener.remove();
          event.#passive = listener.passive;
          try {
            const { callback } = listener;
            if (typeof callback === 'function') Reflect.apply(callback, target, [event]);
            else callback.handleEvent(event);
          } catch (error) {
            shared.report(error);
          }
          if (event.#stopped) break;
        }
        event.#passive = event.#passing = event.#stopped = false;
        return !event.#prevented;
      };
    }

    constructor(type, { bubbles = false, cancelable = false, composed = false } = {}) {
      if (arguments.length === 0) throw new TypeError('The "type" argument must be specified');
      this.#type = `${type}`;
      this.#bubbles = Boolean(bubbles);
      this.#cancelable = Boolean(cancelable);
      this.#composed = Boolean(composed);
    }

    get type() { return this.#type; }
    get bubbles() { return this.#bubbles; }
    get cancelable() { return this.#cancelable; }
    get composed() { return this.#composed; }
    get timeStamp() { return this.#timeStamp; }
    get target() { return this.#target; }
    get srcElement() { return this.#target; }
    get currentTarget() { return this.#passing ? this.#target : null; }
    get eventPhase() { return this.#passing ? AT_TARGET : 0; }
    get defaultPrevented() { return this.#prevented; }
    get isTrusted() { return false; }
    composedPath() { return this.#passing ? [this.#target] : []; }
    preventDefault() { if (this.#cancelable && !this.#passive) this.#prevented = true; }
    stopPropagation() {}
    stopImmediatePropagation() { this.#stopped = true; }
    get [Symbol.toStringTag]() { return 'Event'; }
    [CUSTOM](depth, options, inspect) {
      const { type, defaultPrevented, cancelable, timeStamp } = this;
      return `${this.constructor.name} ${inspect({ type, defaultPrevented, cancelable, timeStamp })}`;
    }
  }
  ['NONE', 'CAPTURING_PHASE', 'AT_TARGET', 'BUBBLING_PHASE'].forEach((name, value) => {
    for (const of of [Event, Event.prototype]) Object.defineProperty(of, name, { value, enumerable: true });
  });

  class CustomEvent extends Event {
    #detail;
    constructor(type, options = {}) {
      super(type, options);
      this.#detail = options.detail ?? null;
    }

    get detail() { return this.#detail; }
    get [Symbol.toStringTag]() { return 'CustomEvent'; }
  }

  // === EventTarget ===

  const captures = options => Boolean(typeof options === 'object' && options !== null ? options.capture : options);

  class EventTarget {
    // By type, in the order in which they came. A list that is being walked is never changed.
    #listeners = new Map();

    addEventListener(type, callback, options) {
      if (callback === null || callback === undefined) return;
      if (typeof callback !== 'function' && typeof callback !== 'object') {
        throw new TypeError(`The "listener" argument must be a function or an object: ${shared.inspect(callback)}`);
      }
      const { once = false, passive = false, signal } = Object(options);
      if (signal?.aborted || this.#find(type, callback, options) !== undefined) return;
      const remove = () => this.removeEventListener(type, callback, options);
      const listener = {
        callback, capture: captures(options), once: Boolean(once), passive: Boolean(passive), removed: false, remove,
      };
      this.#listeners.set(`${type}`, [...this.#of(type), listener]);
      if (signal !== undefined) whenAborted(signal, remove);
    }

    removeEventListener(type, callback, options) {
      const listener = this.#find(type, callback, options);
      if (listener === undefined) return;
      listener.removed = true;
      this.#listeners.set(`${type}`, this.#of(type).filter(other => other !== listener));
    }

    dispatchEvent(event) {
      if (!(event instanceof Event)) throw new TypeError('The "event" argument must be an instance of Event');
      return dispatch(event, this, this.#of(event.type));
    }

    #of(type) { return this.#listeners.get(`${type}`) ?? []; }
    #find(type, callback, options) {
      const capture = captures(options);
      return this.#of(type).find(listener => listener.callback === callback && listener.capture === capture);
    }

    get [Symbol.toStringTag]() { return 'EventTarget'; }
  }

  // === AbortSignal ===

  // Set by AbortSignal: aborts one; does something once one is aborted, before its listeners hear of it.
  let abort;
  let whenAborted;

  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason;
    #then = [];
    #handler = null;
    static {
      abort = (signal, reason = new DOMException('This operation was aborted', 'AbortError')) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason;
        for (const act of signal.#then.splice(0)) act();
        signal.dispatchEvent(new Event('abort'));
      };
      whenAborted = (signal, act) => signal.#then.push(act);
    }

    constructor(key) {
      if (key !== KEY) throw new TypeError('Illegal constructor');
      super();
    }

    static abort(reason) {
      const signal = new AbortSignal(KEY);
      abort(signal, reason);
      return signal;
    }

    // No command is kept from its end by it.
    static timeout(delay) {
      const signal = new AbortSignal(KEY);
      const expire = () => {
        abort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
      };
      setTimeout(expire, delay).unref();
      return signal;
    }

    static any(signals) {
      const any = new AbortSignal(KEY);
      const all = [...signals];
      const aborted = all.find(signal => signal.aborted);
      if (aborted !== undefined) abort(any, aborted.reason);
      else for (const signal of all) whenAborted(signal, () => abort(any, signal.reason));
      return any;
    }

    get aborted() { return this.#aborted; }
    get reason() { return this.#reason; }
    throwIfAborted() { if (this.#aborted) throw this.#reason; }
    get onabort() { return this.#handler; }
    set onabort(handler) {
      this.removeEventListener('abort', this.#handler);
      this.#handler = typeof handler === 'function' ? handler : null;
      this.addEventListener('abort', this.#handler);
    }

    get [Symbol.toStringTag]() { return 'AbortSignal'; }
    [CUSTOM]() { return `AbortSignal { aborted: ${this.#aborted} }`; }
  }

  class AbortController {
    #signal = new AbortSignal(KEY);
    get signal() { return this.#signal; }
    abort(reason) { abort(this.#signal, reason); }
    get [Symbol.toStringTag]() { return 'AbortController'; }
    [CUSTOM]() { return `AbortController { signal: ${shared.inspect(this.#signal)} }`; }
  }

  const all = { Event, CustomEvent, EventTarget, AbortSignal, AbortController };
  for (const name of Object.keys(all)) shared.define(name, all[name]);
}
