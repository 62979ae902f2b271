// What a session may ask of the host: functions that it was granted, the person at the client, results of several kinds.
(native, shared) => {
  'use strict';
  const { parse, stringify } = JSON;
  const { defineProperty, entries } = Object;
  const { isView } = ArrayBuffer;
  const encode = native.encode;

  // kind: denied, invalid, limited, timed-out, failed.
  class HostError extends Error {
    constructor(kind, message) {
      super(message);
      defineProperty(this, 'kind', { value: kind, writable: true, enumerable: true, configurable: true });
    }
  }
  defineProperty(HostError.prototype, 'name', { value: 'HostError', writable: true, configurable: true });
  shared.define('HostError', HostError);

  const answer = ([text, kind]) => {
    if (kind !== undefined) throw new HostError(kind, text);
    return text;
  };

  const json = (value, what) => {
    const text = stringify(value);
    if (text === undefined) throw new TypeError(`${what} can't be written as JSON: ${shared.inspect(value)}`);
    return text;
  };

  const isText = mime => mime === 'image/svg+xml' || mime.startsWith('text/');

  // A representation's data as its type has them.
  const bytesOf = (mime, data) => {
    if (typeof data === 'string' && (isText(mime) || !/[/+]json$/.test(mime))) return encode(data.toWellFormed());
    if (isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0));
    return encode(json(data, mime).toWellFormed());
  };

  const show = bundle => {
    const forms = entries(bundle);
    return native.display(forms.map(([mime]) => mime.toWellFormed()), forms.map(([mime, data]) => bytesOf(mime, data)));
  };

  const host = {
    // A promise, although the answer is there when it returns.
    async call(name, args = {}) {
      const text = answer(native.call(`${name}`.toWellFormed(), json(args, 'arguments').toWellFormed()));
      try {
        return text === '' ? undefined : parse(text);
      } catch {
        throw new HostError('failed', `${name} answered what is no JSON`);
      }
    },
    async readLine(text = '') { return answer(native.readLine(`${text}`.toWellFormed())); },
    display(mime, data) {
      const refused = show(typeof mime === 'object' && mime !== null ? mime : { __proto__: null, [`${mime}`]: data });
      if (refused !== undefined) throw new TypeError(refused);
    },
  };
  defineProperty(host, Symbol.toStringTag, { value: 'host', configurable: true });
  shared.define('host', host);
  shared.define('prompt', function prompt(text = '') { return answer(native.readLine(`${text}`.toWellFormed())); });

  // A value that has forms beside its text shows them too. What goes wrong with that takes nothing from the value.
  const FORMS = Symbol.for('Jupyter.display');
  shared.display = value => {
    if (typeof value !== 'object' || value === null || native.proxyTarget(value) !== undefined) return;
    try {
      const forms = value[FORMS] ?? value.toMimeBundle;
      if (typeof forms === 'function') show(Reflect.apply(forms, value, []));
    } catch (error) {
      native.write(1, `Its other forms can't be shown: ${shared.inspect(error)}\n`);
    }
  };
}
