// Timers on a clock of their own, which stands while there is work and then jumps to the next timer that is due.
(native, shared) => {
  'use strict';
  const { apply } = Reflect;
  const { trunc } = Math;
  const { splice } = Array.prototype;
  const { Number, TypeError } = globalThis;
  // Callbacks of one command at most: a tenth of a second or so. A timer that always sets the next would go on for ever.
  const CALLBACKS_MAX = 100000;
  const DELAY_MAX = 2147483647;

  let now = 0;
  let nextId = 1;
  let callbacks = 0;
  // Timers that keep a command from its end: those that are called once, unless they are told not to. The others are
  // called while there is one of these, or while the command awaits something.
  let keeping = 0;
  // By due time, then by age: the order in which they are called.
  const queue = [];

  class Timeout {
    #timer;
    constructor(timer) { this.#timer = timer; }
    ref() { return this.#keep(true); }
    unref() { return this.#keep(false); }
    hasRef() { return this.#timer.keeps; }
    close() { clear(this); return this; }
    [Symbol.toPrimitive]() { return this.#timer.id; }

    #keep(keeps) {
      const timer = this.#timer;
      if (timer.waits && timer.keeps !== keeps) keeping += keeps ? 1 : -1;
      timer.keeps = keeps;
      timer.told = true;
      return this;
    }
  }

  function insert(timer) {
    let at = queue.length;
    while (at > 0 && queue[at - 1].due > timer.due) {
      queue[at] = queue[at - 1];
      at--;
    }
    queue[at] = timer;
    timer.waits = true;
    if (timer.keeps) keeping++;
  }

  function remove(at) {
    queue[at].waits = false;
    if (queue[at].keeps) keeping--;
    apply(splice, queue, [at, 1]);
  }

  function set(callback, delay, args, repeats) {
    if (typeof callback !== 'function') {
      throw new TypeError(`The "callback" argument must be of type function. Received ${shared.inspect(callback)}`);
    }
    delay = trunc(Number(delay));
    if (!(delay >= 1 && delay <= DELAY_MAX)) delay = 1;
    const timer = {
      id: nextId++, due: now + delay, callback, args, period: repeats ? delay : 0, keeps: !repeats, waits: false, told: false,
    };
    insert(timer);
    return new Timeout(timer);
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

  // Tells of intervals once, in the command that leaves them behind.
  const tellIntervals = () => {
    let left = 0;
    for (let i = 0; i < queue.length; i++) {
      if (!queue[i].told) left++;
      queue[i].told = true;
    }
    if (left === 0) return;
    native.write(1, `${left === 1 ? '1 interval goes' : `${left} intervals go`} on when a later command lets time pass\n`);
  };

  shared.beginTimers = () => { callbacks = 0; };

  // Calls the next timer. False when the command, which may be waiting for something, is to end.
  shared.runTimer = awaits => {
    if (keeping === 0 && (!awaits || queue.length === 0)) {
      tellIntervals();
      return false;
    }
    if (callbacks >= CALLBACKS_MAX) {
      const left = queue.length === 1 ? '1 timer is' : `${queue.length} timers are`;
      native.write(1, `Timers were called ${callbacks} times; ${left} left for the next command\n`);
      return false;
    }
    const timer = queue[0];
    remove(0);
    callbacks++;
    if (timer.due > now) {
      native.skip(timer.due - now);
      now = timer.due;
    }
    if (timer.period > 0) {
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
