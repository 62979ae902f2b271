// What programs expect of a JavaScript host beside the language: cloning, random numbers, a clock.
(native, shared) => {
  'use strict';

  const clone = (value, seen) => {
    if (typeof value === 'symbol' || typeof value === 'function') {
      throw new DOMException(`${shared.inspect(value)} could not be cloned.`, 'DataCloneError');
    }
    if (typeof value !== 'object' || value === null) return value;
    const known = seen.get(value);
    if (known !== undefined) return known;
    const keep = copy => {
      seen.set(value, copy);
      return copy;
    };
    const fill = copy => {
      for (const key of Object.keys(value)) {
        Object.defineProperty(copy, key, {
          value: clone(value[key], seen), writable: true, enumerable: true, configurable: true,
        });
      }
      return copy;
    };
    if (Array.isArray(value)) {
      const copy = keep(new Array(value.length));
      return fill(copy);
    }
    if (value instanceof Map) {
      const copy = keep(new Map());
      for (const [key, item] of [...value]) copy.set(clone(key, seen), clone(item, seen));
      return copy;
    }
    if (value instanceof Set) {
      const copy = keep(new Set());
      for (const item of [...value]) copy.add(clone(item, seen));
      return copy;
    }
    if (value instanceof Date) return keep(new Date(value.getTime()));
    if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
    if (value instanceof ArrayBuffer) return keep(value.slice(0));
    if (ArrayBuffer.isView(value)) {
      const buffer = clone(value.buffer, seen);
      const length = value instanceof DataView ? value.byteLength : value.length;
      return keep(new value.constructor(buffer, value.byteOffset, length));
    }
    if (value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt) {
      return keep(Object(value.valueOf()));
    }
    if (value instanceof Error) {
      const kinds = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
      const copy = keep(new (kinds[value.name] ?? Error)(value.message));
      Object.defineProperty(copy, 'stack', { value: value.stack, writable: true, configurable: true });
      if (Object.hasOwn(value, 'cause')) {
        Object.defineProperty(copy, 'cause', { value: clone(value.cause, seen), writable: true, configurable: true });
      }
      return copy;
    }
    for (const kind of [Promise, WeakMap, WeakSet, WeakRef]) {
      if (value instanceof kind) throw new DOMException(`${shared.inspect(value)} could not be cloned.`, 'DataCloneError');
    }
    return fill(keep({}));
  };

  shared.define('structuredClone', function structuredClone(value) {
    if (arguments.length === 0) throw new TypeError('The "value" argument must be specified');
    return clone(value, new Map());
  });

  const hex = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
  class Crypto {
    getRandomValues(array) {
      if (!ArrayBuffer.isView(array) || array instanceof DataView || /Float/.test(array.constructor.name)) {
        throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
      }
      if (array.byteLength > 65536) {
        throw new DOMException('The requested length exceeds 65,536 bytes', 'QuotaExceededError');
      }
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(native.randomBytes(array.byteLength));
      return array;
    }

    randomUUID() {
      const bytes = native.randomBytes(16);
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      let text = '';
      for (let i = 0; i < 16; i++) text += (i === 4 || i === 6 || i === 8 || i === 10 ? '-' : '') + hex[bytes[i]];
      return text;
    }

    get [Symbol.toStringTag]() { return 'Crypto'; }
  }
  shared.define('crypto', new Crypto());

  const random = native.random;
  Object.defineProperty(Math, 'random', {
    value: { random() { return random(); } }.random, writable: true, configurable: true,
  });

  // Time begins when somebody first asks for it.
  let origin;
  let began;
  const begin = () => {
    if (origin !== undefined) return;
    origin = native.monotonic();
    began = Date.now();
  };
  class Performance {
    now() {
      begin();
      return native.monotonic() - origin;
    }

    get timeOrigin() {
      begin();
      return began;
    }

    toJSON() { return { timeOrigin: this.timeOrigin }; }
    get [Symbol.toStringTag]() { return 'Performance'; }
  }
  shared.define('performance', new Performance());
}
