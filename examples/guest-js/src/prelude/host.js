// What a session may ask of the host: functions that it was granted, the person at the client, results of several kinds.
(native, shared) => {
  'use strict';
  const { parse, stringify } = JSON;
  const { defineProperty, entries } = Object;
  const { isView } = ArrayBuffer;
  const { apply } = Reflect;
  const Bytes = Uint8Array;
  const { fromBase64 } = Bytes;
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

  // The host writes these as they are, but for the last, and the rest as base64.
  const isText = mime => mime.startsWith('text/') || /\+xml$|^application\/(?:xml|javascript)$/.test(mime);
  const isJson = mime => mime === 'application/json' || mime.endsWith('+json');
  const isBinary = mime => mime.includes('/') && !isText(mime) && !isJson(mime);

  // As in Jupyter, a string for a type that is no text is base64.
  const binary = (mime, data) => {
    if (typeof data === 'string') {
      try {
        return apply(fromBase64, Bytes, [data]);
      } catch {}
    }
    throw new TypeError(`the data for ${mime} must be bytes, as a typed array or as base64 in a string`);
  };

  // A representation's data as its type has them.
  const bytesOf = (mime, data) => {
    if (data === undefined) throw new TypeError(`the data for ${mime} are missing`);
    if (isView(data)) return new Bytes(data.buffer, data.byteOffset, data.byteLength).slice();
    if (data instanceof ArrayBuffer) return new Bytes(data.slice(0));
    if (isBinary(mime)) return binary(mime, data);
    return encode((typeof data === 'string' && !isJson(mime) ? data : json(data, mime)).toWellFormed());
  };

  const show = bundle => {
    const forms = entries(bundle);
    const data = forms.map(([mime, data]) => bytesOf(mime, data));
    const refused = native.display(forms.map(([mime]) => mime.toWellFormed()), data);
    if (refused !== undefined) throw new TypeError(refused);
  };

  const isObject = value => typeof value === 'object' && value !== null;

  // What a value that has forms beside its text tells of them.
  const FORMS = Symbol.for('Jupyter.display');
  const formsOf = value => {
    const forms = value[FORMS] ?? value.toMimeBundle;
    return typeof forms === 'function' ? apply(forms, value, []) : undefined;
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
    display(what, data) {
      show(isObject(what) ? formsOf(what) ?? what : { __proto__: null, [`${what}`]: data });
    },
  };
  defineProperty(host, Symbol.toStringTag, { value: 'host', configurable: true });
  shared.define('host', host);
  shared.define('prompt', function prompt(text = '') { return answer(native.readLine(`${text}`.toWellFormed())); });

  // What goes wrong with a value's other forms takes nothing from the value.
  shared.display = value => {
    if (!isObject(value) || native.proxyTarget(value) !== undefined) return;
    try {
      const forms = formsOf(value);
      if (forms !== undefined) show(forms);
    } catch (error) {
      native.write(1, `Its other forms can't be shown: ${shared.inspect(error)}\n`);
    }
  };
}
