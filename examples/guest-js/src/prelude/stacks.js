// The engine's stacks are frames alone. Programs print them for the error's name and message too, as V8's have them.
(native, shared) => {
  'use strict';
  const { withWords } = shared;
  const { apply, construct, ownKeys } = Reflect;
  const { defineProperty, getOwnPropertyDescriptor } = Object;

  const { get } = getOwnPropertyDescriptor(Error.prototype, 'stack');
  const accessor = { get stack() { return withWords(this, apply(get, this, [])); } };
  defineProperty(Error.prototype, 'stack', { get: getOwnPropertyDescriptor(accessor, 'stack').get });

  // Some have a stack of their own.
  const complete = error => {
    const own = getOwnPropertyDescriptor(error, 'stack');
    if (own !== undefined && own.configurable) defineProperty(error, 'stack', { value: withWords(error, own.value) });
    return error;
  };

  const capture = Error.captureStackTrace;
  defineProperty(Error, 'captureStackTrace', {
    value: function captureStackTrace(error, from) {
      capture(error, from);
      complete(error);
    },
  });

  const Engine = DOMException;
  const Complete = function DOMException(...args) {
    if (new.target === undefined) throw new TypeError("Class constructor DOMException can't be invoked without 'new'");
    return complete(construct(Engine, args, new.target));
  };
  for (const name of ownKeys(Engine)) defineProperty(Complete, name, getOwnPropertyDescriptor(Engine, name));
  defineProperty(Engine.prototype, 'constructor', { value: Complete });
  shared.define('DOMException', Complete);

  // What the engine throws them for.
  for (const name of ['atob', 'btoa']) {
    const convert = globalThis[name];
    const complain = {
      [name](text) {
        try {
          return apply(convert, undefined, arguments);
        } catch (error) {
          throw complete(error);
        }
      },
    };
    shared.define(name, complain[name]);
  }
}
