// Timers on a clock of their own, which stands while there is work and then jumps to the next timer that is due.
(native, shared) => {
  'use strict';
  const { apply } = Reflect;
  const { trunc } = Math;
  const { splice } = Array.prototype;
  const { Number, TypeError } = globalThis;
  // Callbacks of one command at most; an interval that nobody clears would go on for ever. The rest waits for the next
  // command.
  const CALLBACKS_MAX = 10000;
  const INTERVALS_MAX = 1000;
  const DELAY_MAX = 2147483647;

  let now = 0;
  let nextId = 1;
  let callbacks = 0;
  let intervals = 0;
  // By due time, then by age: the order in which they are called.
  const queue = [];

  class Timeout {
    #id;
    constructor(id) { this.#id = id; }
    ref() { return this; }
    unref() { return this; }
    hasRef() { return true; }
    close() { clear(this); return this; }
    [Symbol.toPrimitive]() { return this.#id; }
  }

  function insert(timer) {
    let at = queue.length;
    while (at > 0 && queue[at - 1].due > timer.due) {
      queue[at] = queue[at - 1];
      at--;
    }
    queue[at] = timer;
  }

  function remove(at) {
    apply(splice, queue, [at, 1]);
  }

  function set(callback, delay, args, repeats) {
    if (typeof callback !== 'function') {
      throw new TypeError(`The "callback" argument must be of type function. Received ${shared.inspect(callback)}`);
    }
    delay = trunc(Number(delay));
    if (!(delay >= 1 && delay <= DELAY_MAX)) delay = 1;
    const id = nextId++;
    insert({ id, due: now + delay, callback, args, period: repeats ? delay : 0 });
    return new Timeout(id);
  }

  function clear(timer) {
    if (timer === undefined || timer === null || typeof timer === 'symbol') return;
    const id = Number(timer);
    for (let i = 0; i < queue.length; i++) {
      if (queue[i].id === id) {
        remove(i);
        return;
      }
    }
  }

  shared.define('setTimeout', function setTimeout(callback, delay, ...args) { return set(callback, delay, args, false); });
  shared.define('setInterval', function setInterval(callback, delay, ...args) { return set(callback, delay, args, true); });
  shared.define('setImmediate', function setImmediate(callback, ...args) { return set(callback, 0, args, false); });
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
    shared.define(name, { [name](timer) { clear(timer); } }[name]);
  }

  shared.beginTimers = () => {
    callbacks = 0;
    intervals = 0;
  };

  // Calls the next timer. False when there is none, or this command has called enough of them.
  shared.runTimer = () => {
    if (queue.length === 0) return false;
    const timer = queue[0];
    if (callbacks >= CALLBACKS_MAX || (timer.period > 0 && intervals >= INTERVALS_MAX)) {
      native.write(1, `${queue.length} timer${queue.length === 1 ? '' : 's'} left for the next command\n`);
      return false;
    }
    remove(0);
    callbacks++;
    if (timer.due > now) {
      native.skip(timer.due - now);
      now = timer.due;
    }
    if (timer.period > 0) {
      intervals++;
      timer.due = now + timer.period;
      insert(timer);
    }
    try {
      apply(timer.callback, undefined, timer.args);
    } catch (error) {
      shared.report(error);
    }
    return true;
  };
}
