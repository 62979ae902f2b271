// Values as text, as Node's REPL prints them.
//
// What a program does to the built-in prototypes changes no printing: all that is needed of them is taken here, before
// any program runs, and lists are walked by their indices.
(native, shared) => {
  'use strict';
  const { getPrototypeOf, getOwnPropertyDescriptor, keys: enumerableKeys, is } = Object;
  const { apply, ownKeys } = Reflect;
  const { min, max, round, floor, sqrt } = Math;
  const { stringify } = JSON;
  const Bytes = Uint8Array;
  const { parseInt, parseFloat, Number } = globalThis;
  const uncurry = f => (self, ...rest) => apply(f, self, rest);
  const includes = uncurry(String.prototype.includes);
  const replace = uncurry(String.prototype.replace);
  const split = uncurry(String.prototype.split);
  const slice = uncurry(String.prototype.slice);
  const repeat = uncurry(String.prototype.repeat);
  const padStart = uncurry(String.prototype.padStart);
  const padEnd = uncurry(String.prototype.padEnd);
  const startsWith = uncurry(String.prototype.startsWith);
  const endsWith = uncurry(String.prototype.endsWith);
  const wellFormed = uncurry(String.prototype.toWellFormed);
  const upper = uncurry(String.prototype.toUpperCase);
  const codeAt = uncurry(String.prototype.charCodeAt);
  const numberText = uncurry(Number.prototype.toString);
  const deref = uncurry(WeakRef.prototype.deref);
  const join = uncurry(Array.prototype.join);
  const push = uncurry(Array.prototype.push);
  const test = uncurry(RegExp.prototype.test);
  const isEnumerable = uncurry(Object.prototype.propertyIsEnumerable);
  const hasOwn = uncurry(Object.prototype.hasOwnProperty);
  const hasInstance = uncurry(Function.prototype[Symbol.hasInstance]);
  const functionText = uncurry(Function.prototype.toString);
  const regExpText = uncurry(RegExp.prototype.toString);
  const errorText = uncurry(Error.prototype.toString);
  const symbolText = uncurry(Symbol.prototype.toString);
  const dateText = uncurry(Date.prototype.toISOString);
  const dateValue = uncurry(Date.prototype.getTime);
  const getter = (of, name) => uncurry(getOwnPropertyDescriptor(of, name).get);
  const mapSize = getter(Map.prototype, 'size');
  const setSize = getter(Set.prototype, 'size');
  const mapEach = uncurry(Map.prototype.forEach);
  const setEach = uncurry(Set.prototype.forEach);
  const Typed = getPrototypeOf(Uint8Array.prototype);
  const typedName = getter(Typed, Symbol.toStringTag);
  const typedLength = getter(Typed, 'length');
  const bufferLength = getter(ArrayBuffer.prototype, 'byteLength');
  const boxed = {
    Number: uncurry(Number.prototype.valueOf),
    String: uncurry(String.prototype.valueOf),
    Boolean: uncurry(Boolean.prototype.valueOf),
    Symbol: uncurry(Symbol.prototype.valueOf),
    BigInt: uncurry(BigInt.prototype.valueOf),
  };

  // What an object is made as, whatever its prototype says: the engine's class, learnt from an example of each.
  const kinds = { __proto__: null };
  const learn = (name, example) => { kinds[native.kind(example)] = name; };
  learn('Object', {});
  learn('Array', []);
  learn('Error', new Error());
  learn('Number', Object(0));
  learn('String', Object(''));
  learn('Boolean', Object(true));
  learn('Symbol', Object(Symbol()));
  learn('BigInt', Object(0n));
  learn('Date', new Date(0));
  learn('RegExp', /x/);
  learn('Map', new Map());
  learn('Set', new Set());
  learn('WeakMap', new WeakMap());
  learn('WeakSet', new WeakSet());
  learn('WeakRef', new WeakRef({}));
  learn('Promise', Promise.resolve());
  learn('ArrayBuffer', new ArrayBuffer(0));
  learn('SharedArrayBuffer', typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(0) : new ArrayBuffer(0));
  learn('ArrayBuffer', new ArrayBuffer(0));
  learn('DataView', new DataView(new ArrayBuffer(0)));
  learn('Arguments', (function () { return arguments; })());
  learn('Arguments', (function (a) { 'use strict'; return arguments; })());
  learn('Arguments', Function('a', 'return arguments')(1));
  learn('Generator', (function* () {})());
  if (typeof DOMException === 'function') learn('Error', new DOMException('', 'Error'));

  const kindOf = value => (typeof value === 'function' ? 'Function' : kinds[native.kind(value)]);

  const BREAK_LENGTH = 80;
  const COMPACT = 3;
  const ARRAY_ITEMS_MAX = 100;
  const STRING_LENGTH_MAX = 10000;
  const OBJECT = 0;
  const ARRAY = 1;
  const ARRAY_EXTRAS = 2;
  const TAG = Symbol.toStringTag;
  const CUSTOM = Symbol.for('nodejs.util.inspect.custom');

  const escapes = { __proto__: null, '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\' };
  const escapeOne = c => {
    const code = codeAt(c, 0);
    const hex = upper(numberText(code, 16));
    return escapes[c] ?? (code < 256 ? `\\x${padStart(hex, 2, '0')}` : `\\u${hex}`);
  };

  function indexOf(list, item) {
    for (let i = 0; i < list.length; i++) if (list[i] === item) return i;
    return -1;
  }

  const has = (list, item) => indexOf(list, item) >= 0;

  function quote(text) {
    let mark = "'";
    if (includes(text, "'")) {
      if (!includes(text, '"')) mark = '"';
      else if (!includes(text, '`') && !includes(text, '${')) mark = '`';
    }
    let inner = replace(text, /[\x00-\x1f\x7f-\x9f\\]/g, escapeOne);
    if (wellFormed(inner) !== inner) {
      inner = replace(inner, /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, escapeOne);
    }
    if (mark === "'") inner = replace(inner, /'/g, "\\'");
    return mark + inner + mark;
  }

  const more = (n, what) => `... ${n} more ${what}${n === 1 ? '' : 's'}`;

  function formatPrimitive(ctx, value) {
    switch (typeof value) {
      case 'string': {
        let trailer = '';
        if (value.length > STRING_LENGTH_MAX) {
          trailer = more(value.length - STRING_LENGTH_MAX, 'character');
          value = slice(value, 0, STRING_LENGTH_MAX);
        }
        if (value.length > 16 && value.length > BREAK_LENGTH - ctx.indentation - 4 && includes(value, '\n')) {
          const lines = split(value, /(?<=\n)/);
          for (let i = 0; i < lines.length; i++) lines[i] = quote(lines[i]);
          return join(lines, ` +\n${repeat(' ', ctx.indentation + 2)}`) + trailer;
        }
        return quote(value) + trailer;
      }
      case 'number':
        return is(value, -0) ? '-0' : `${value}`;
      case 'bigint':
        return `${value}n`;
      case 'symbol':
        return symbolText(value);
      default:
        return `${value}`;
    }
  }

  function constructorName(object) {
    const first = object;
    while (object !== null) {
      const descriptor = getOwnPropertyDescriptor(object, 'constructor');
      if (descriptor !== undefined && typeof descriptor.value === 'function') {
        const name = nameOf(descriptor.value);
        if (name !== '' && hasInstance(descriptor.value, first)) return name;
      }
      object = getPrototypeOf(object);
    }
    return null;
  }

  // A function's name as it was given, not as a getter would tell it.
  function nameOf(f) {
    const descriptor = getOwnPropertyDescriptor(f, 'name');
    return descriptor !== undefined && typeof descriptor.value === 'string' ? descriptor.value : '';
  }

  function prefixOf(constructor, tag, fallback, size = '') {
    if (constructor === null) {
      return tag !== '' && fallback !== tag
        ? `[${fallback}${size}: null prototype] [${tag}] `
        : `[${fallback}${size}: null prototype] `;
    }
    return tag !== '' && constructor !== tag ? `${constructor}${size} [${tag}] ` : `${constructor}${size} `;
  }

  function keysOf(value) {
    const keys = enumerableKeys(value);
    const all = ownKeys(value);
    for (let i = all.length - 1; i >= 0 && typeof all[i] === 'symbol'; i--) {
      if (isEnumerable(value, all[i])) push(keys, all[i]);
    }
    return keys;
  }

  const isIndex = key => typeof key === 'string' && test(/^(0|[1-9][0-9]*)$/, key) && +key < 4294967295;

  function extraKeysOf(value) {
    const keys = keysOf(value);
    const extra = [];
    for (let i = 0; i < keys.length; i++) if (!isIndex(keys[i])) push(extra, keys[i]);
    return extra;
  }

  function formatValue(ctx, value, depth) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
      return formatPrimitive(ctx, value);
    }
    for (let target; (target = native.proxyTarget(value)) !== undefined;) {
      if (target === null) return '<Revoked Proxy>';
      value = target;
    }
    const custom = value[CUSTOM];
    if (typeof custom === 'function') {
      const text = apply(custom, value, [ctx.depth - depth, { depth: ctx.depth - depth }, inspect]);
      if (text !== value) {
        return typeof text === 'string'
          ? replace(text, /\n/g, `\n${repeat(' ', ctx.indentation)}`)
          : formatValue(ctx, text, depth);
      }
    }
    if (has(ctx.seen, value)) {
      if (!has(ctx.circular, value)) push(ctx.circular, value);
      return `[Circular *${indexOf(ctx.circular, value) + 1}]`;
    }
    return formatObject(ctx, value, depth);
  }

  function formatObject(ctx, value, depth) {
    const constructor = constructorName(value);
    let tag = value[TAG];
    if (typeof tag !== 'string' || tag === '' || tag === constructor) tag = '';
    const kind = kindOf(value);
    const typed = kind === undefined ? typedName(value) : undefined;
    let base = '';
    let braces = ['{', '}'];
    let type = OBJECT;
    let keys;
    let entries = () => [];

    if (kind === 'Array') {
      keys = extraKeysOf(value);
      const prefix =
        constructor !== 'Array' || tag !== '' ? prefixOf(constructor, tag, 'Array', `(${value.length})`) : '';
      braces = [`${prefix}[`, ']'];
      if (value.length === 0 && keys.length === 0) return `${braces[0]}]`;
      type = ARRAY_EXTRAS;
      entries = () => arrayEntries(ctx, value, depth);
    } else if (kind === 'Set') {
      keys = keysOf(value);
      const size = setSize(value);
      braces[0] = `${prefixOf(constructor, tag, 'Set', `(${size})`)}{`;
      if (size === 0 && keys.length === 0) return `${braces[0]}}`;
      entries = () => setEntries(ctx, value, depth);
    } else if (kind === 'Map') {
      keys = keysOf(value);
      const size = mapSize(value);
      braces[0] = `${prefixOf(constructor, tag, 'Map', `(${size})`)}{`;
      if (size === 0 && keys.length === 0) return `${braces[0]}}`;
      entries = () => mapEntries(ctx, value, depth);
    } else if (typed !== undefined) {
      keys = extraKeysOf(value);
      const size = typedLength(value);
      braces = [`${prefixOf(constructor, tag, typed, `(${size})`)}[`, ']'];
      if (size === 0 && keys.length === 0) return `${braces[0]}]`;
      type = ARRAY_EXTRAS;
      entries = () => typedEntries(ctx, value, size);
    } else if (kind === 'Arguments') {
      keys = extraKeysOf(value);
      braces = ['[Arguments] [', ']'];
      if (value.length === 0 && keys.length === 0) return `${braces[0]}]`;
      type = ARRAY_EXTRAS;
      entries = () => arrayEntries(ctx, value, depth);
    } else if (kind === 'Function') {
      keys = keysOf(value);
      base = functionBase(value, constructor, tag);
      if (keys.length === 0) return base;
    } else if (kind === 'RegExp') {
      keys = keysOf(value);
      base = regExpText(value);
      const prefix = prefixOf(constructor, tag, 'RegExp');
      if (prefix !== 'RegExp ') base = `${prefix}${base}`;
      if (keys.length === 0 || depth > ctx.depth) return base;
    } else if (kind === 'Date') {
      keys = keysOf(value);
      base = dateValue(value) !== dateValue(value) ? 'Invalid Date' : dateText(value);
      const prefix = prefixOf(constructor, tag, 'Date');
      if (prefix !== 'Date ') base = `${prefix}${base}`;
      if (keys.length === 0) return base;
    } else if (kind === 'Error') {
      keys = errorKeys(value);
      base = errorBase(ctx, value, constructor);
      if (keys.length === 0) return base;
    } else if (kind === 'ArrayBuffer' || kind === 'SharedArrayBuffer') {
      keys = keysOf(value);
      braces[0] = `${prefixOf(constructor, tag, kind)}{`;
      entries = () => bufferEntries(ctx, value, kind);
    } else if (kind === 'DataView') {
      keys = keysOf(value);
      braces[0] = `${prefixOf(constructor, tag, kind)}{`;
      entries = () => [
        `byteLength: ${value.byteLength}`,
        `byteOffset: ${value.byteOffset}`,
        `buffer: ${nested(ctx, value.buffer, depth)}`,
      ];
    } else if (kind === 'Promise') {
      keys = keysOf(value);
      braces[0] = `${prefixOf(constructor, tag, 'Promise')}{`;
      entries = () => promiseEntries(ctx, value, depth);
    } else if (kind === 'WeakSet' || kind === 'WeakMap') {
      keys = keysOf(value);
      braces[0] = `${prefixOf(constructor, tag, kind)}{`;
      entries = () => ['<items unknown>'];
    } else if (kind === 'WeakRef') {
      keys = keysOf(value);
      braces[0] = `${prefixOf(constructor, tag, kind)}{`;
      const target = deref(value);
      entries = () => [target === undefined ? '<cleared>' : nested(ctx, target, depth)];
    } else if (kind !== undefined && kind in boxed) {
      keys = kind === 'String' ? extraKeysOf(value) : keysOf(value);
      base = `[${kind}`;
      if (kind !== constructor) base += constructor === null ? ' (null prototype)' : ` (${constructor})`;
      base += `: ${formatPrimitive({ indentation: 0 }, boxed[kind](value))}]`;
      if (tag !== '') base += ` [${tag}]`;
      if (keys.length === 0) return base;
    } else {
      keys = keysOf(value);
      if (constructor === 'Object' && tag === '') {
        if (keys.length === 0) return '{}';
      } else {
        braces[0] = `${prefixOf(constructor, tag, 'Object')}{`;
        if (keys.length === 0) return `${braces[0]}}`;
      }
    }

    if (depth > ctx.depth) {
      const name = slice(prefixOf(constructor, tag, kind === 'Array' ? 'Array' : 'Object'), 0, -1);
      return constructor === null ? name : `[${name}]`;
    }

    push(ctx.seen, value);
    ctx.currentDepth = depth;
    let output = entries();
    for (let i = 0; i < keys.length; i++) push(output, formatProperty(ctx, value, depth, keys[i], type));
    ctx.seen.length--;

    const index = indexOf(ctx.circular, value) + 1;
    if (index > 0) {
      if (base === '') braces[0] = `<ref *${index}> ${braces[0]}`;
      else base = `<ref *${index}> ${base}`;
    }
    return toSingleString(ctx, output, base, braces, type, depth, value);
  }

  function functionBase(value, constructor, tag) {
    const text = functionText(value);
    if (startsWith(text, 'class') && text[text.length - 1] === '}') {
      const name = nameOf(value);
      let base = name === '' ? '[class (anonymous)' : `[class ${name}`;
      if (constructor !== 'Function' && constructor !== null) base += ` [${constructor}]`;
      if (tag !== '' && constructor !== tag) base += ` [${tag}]`;
      const parent = getPrototypeOf(value);
      if (constructor === null) base += ' extends null';
      else if (typeof parent === 'function' && nameOf(parent) !== '') base += ` extends ${nameOf(parent)}`;
      return `${base}]`;
    }
    const names = ['Function', 'AsyncFunction', 'GeneratorFunction', 'AsyncGeneratorFunction'];
    const type = has(names, constructor) ? constructor : 'Function';
    let base = `[${type}`;
    if (constructor === null) base += ' (null prototype)';
    base += nameOf(value) === '' ? ' (anonymous)' : `: ${nameOf(value)}`;
    base += ']';
    if (constructor !== type && constructor !== null) base += ` ${constructor}`;
    if (tag !== '' && constructor !== tag) base += ` [${tag}]`;
    return base;
  }

  // An error's own words, which begin its stack.
  const wordsOf = error => { try { return errorText(error); } catch { return 'Error'; } };

  // Lines of a stack that are the user's: none of the prelude, and the frame of a command without a name.
  function userFrames(stack) {
    const lines = split(stack, '\n');
    const frames = [];
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i];
      if (includes(line, '<hostel>')) {
        // What the prelude called on the way to the user's code is not the user's either.
        while (frames.length > 0 && includes(frames[frames.length - 1], '(native)')) frames.length--;
        continue;
      }
      if (!test(/^\s+at /, line) || includes(line, '<input>')) continue;
      push(frames, replace(line, /<(?:eval|anonymous)> \((<repl>[^)]*)\)$/, '$1'));
    }
    return join(frames, '\n');
  }

  function framesOf(error) {
    let stack;
    try { stack = error.stack; } catch { return ''; }
    if (typeof stack !== 'string') return '';
    const words = wordsOf(error);
    return userFrames(startsWith(stack, words) ? slice(stack, words.length) : stack);
  }

  // What is no stack of the engine's stays as it is.
  shared.withWords = (error, stack) => {
    if (typeof stack !== 'string' || (stack !== '' && !startsWith(stack, '    at '))) return stack;
    const frames = userFrames(stack);
    return frames === '' ? wordsOf(error) : `${wordsOf(error)}\n${frames}`;
  };

  // The first line. A class that gave its errors no name of their own is told all the same.
  function headOf(error, constructor) {
    const head = wordsOf(error);
    const { name } = error;
    if (constructor === null || typeof name !== 'string' || name === constructor || !startsWith(head, name)) return head;
    if (name === 'Error' || endsWith(constructor, name)) return constructor + slice(head, name.length);
    return constructor === 'DOMException' ? `${constructor} [${name}]${slice(head, name.length)}` : head;
  }

  function errorBase(ctx, error, constructor) {
    const head = headOf(error, constructor);
    const frames = framesOf(error);
    let text = frames === '' ? `[${head}]` : `${head}\n${frames}`;
    if (ctx.indentation !== 0) text = replace(text, /\n/g, `\n${repeat(' ', ctx.indentation)}`);
    return text;
  }

  function errorKeys(error) {
    const all = keysOf(error);
    const keys = [];
    for (let i = 0; i < all.length; i++) {
      const key = all[i];
      if (key === 'stack' || key === 'message') continue;
      if (key === 'name' && typeof error.name === 'string') continue;
      push(keys, key);
    }
    if (hasOwn(error, 'cause') && !has(keys, 'cause')) push(keys, 'cause');
    if (hasOwn(error, 'errors') && !has(keys, 'errors')) push(keys, 'errors');
    return keys;
  }

  function nested(ctx, value, depth) {
    ctx.indentation += 2;
    const text = formatValue(ctx, value, depth + 1);
    ctx.indentation -= 2;
    return text;
  }

  function arrayEntries(ctx, value, depth) {
    const output = [];
    let index = 0;
    while (index < value.length && output.length < ARRAY_ITEMS_MAX) {
      if (hasOwn(value, index)) {
        push(output, formatProperty(ctx, value, depth, `${index}`, ARRAY));
        index++;
        continue;
      }
      const start = index;
      index = nextIndex(value, index);
      const holes = index - start;
      push(output, `<${holes} empty item${holes === 1 ? '' : 's'}>`);
    }
    if (index < value.length) push(output, more(value.length - index, 'item'));
    return output;
  }

  // The first index from `from` on that is there. Looks one by one for a while, then asks for all of them.
  function nextIndex(value, from) {
    for (let i = from; i < value.length; i++) {
      if (hasOwn(value, i)) return i;
      if (i - from > 1000) {
        const keys = enumerableKeys(value);
        for (let k = 0; k < keys.length; k++) if (isIndex(keys[k]) && +keys[k] > i) return +keys[k];
        return value.length;
      }
    }
    return value.length;
  }

  function typedEntries(ctx, value, size) {
    const output = [];
    const shown = size < ARRAY_ITEMS_MAX ? size : ARRAY_ITEMS_MAX;
    for (let i = 0; i < shown; i++) push(output, formatPrimitive(ctx, value[i]));
    if (size > shown) push(output, more(size - shown, 'item'));
    return output;
  }

  function setEntries(ctx, value, depth) {
    const output = [];
    ctx.indentation += 2;
    let left = 0;
    setEach(value, item => {
      if (output.length >= ARRAY_ITEMS_MAX) left++;
      else push(output, formatValue(ctx, item, depth + 1));
    });
    if (left > 0) push(output, more(left, 'item'));
    ctx.indentation -= 2;
    return output;
  }

  function mapEntries(ctx, value, depth) {
    const output = [];
    ctx.indentation += 2;
    let left = 0;
    mapEach(value, (item, key) => {
      if (output.length >= ARRAY_ITEMS_MAX) left++;
      else push(output, `${formatValue(ctx, key, depth + 1)} => ${formatValue(ctx, item, depth + 1)}`);
    });
    if (left > 0) push(output, more(left, 'item'));
    ctx.indentation -= 2;
    return output;
  }

  function bufferEntries(ctx, value, kind) {
    let bytes;
    try { bytes = new Bytes(value); } catch { return ['(detached)', 'byteLength: 0']; }
    const size = typedLength(bytes);
    const shown = size < 50 ? size : 50;
    const hex = [];
    for (let i = 0; i < shown; i++) push(hex, padStart(numberText(bytes[i], 16), 2, '0'));
    let contents = join(hex, ' ');
    if (size > shown) contents += ` ${more(size - shown, 'byte')}`;
    return [`[Uint8Contents]: <${contents}>`, `byteLength: ${size}`];
  }

  function promiseEntries(ctx, value, depth) {
    const state = native.promise(value);
    if (state[0] === 'pending') return ['<pending>'];
    const text = nested(ctx, state[1], depth);
    return [state[0] === 'rejected' ? `<rejected> ${text}` : text];
  }

  function formatProperty(ctx, value, depth, key, type) {
    let text;
    const descriptor = getOwnPropertyDescriptor(value, key) ?? { value: value[key], enumerable: true };
    if (hasOwn(descriptor, 'value')) {
      ctx.indentation += 2;
      text = formatValue(ctx, descriptor.value, depth + 1);
      ctx.indentation -= 2;
    } else if (hasOwn(descriptor, 'get') && descriptor.get !== undefined) {
      text = descriptor.set !== undefined ? '[Getter/Setter]' : '[Getter]';
    } else {
      text = descriptor.set !== undefined ? '[Setter]' : 'undefined';
    }
    if (type === ARRAY) return text;
    let name;
    if (typeof key === 'symbol') name = `[${replace(symbolText(key), /[\x00-\x1f]/g, escapeOne)}]`;
    else if (key === '__proto__') name = "['__proto__']";
    else if (descriptor.enumerable === false) name = `[${key}]`;
    else if (test(/^[a-zA-Z_][a-zA-Z_0-9]*$/, key)) name = key;
    else name = quote(key);
    return `${name}: ${text}`;
  }

  function group(ctx, output, value) {
    let total = 0;
    let longest = 0;
    const count = value !== undefined && value.length > ARRAY_ITEMS_MAX ? output.length - 1 : output.length;
    const separator = 2;
    const lengths = [];
    for (let i = 0; i < count; i++) {
      lengths[i] = output[i].length;
      total += lengths[i] + separator;
      if (longest < lengths[i]) longest = lengths[i];
    }
    const widest = longest + separator;
    if (widest * 3 + ctx.indentation >= BREAK_LENGTH || (total / widest <= 5 && longest > 6)) return output;
    const bias = sqrt(widest - total / output.length);
    const biased = max(widest - 3 - bias, 1);
    const columns = min(
      round(sqrt(2.5 * biased * count) / biased),
      floor((BREAK_LENGTH - ctx.indentation) / widest),
      COMPACT * 4,
      15,
    );
    if (columns <= 1) return output;
    const rows = [];
    const widths = [];
    for (let i = 0; i < columns; i++) {
      let width = 0;
      for (let j = i; j < count; j += columns) if (lengths[j] > width) width = lengths[j];
      push(widths, width + separator);
    }
    let pad = padStart;
    if (value !== undefined) {
      for (let i = 0; i < count; i++) {
        if (typeof value[i] !== 'number' && typeof value[i] !== 'bigint') {
          pad = padEnd;
          break;
        }
      }
    }
    for (let i = 0; i < count; i += columns) {
      const end = min(i + columns, count);
      let row = '';
      let j = i;
      for (; j < end - 1; j++) row += pad(`${output[j]}, `, widths[j - i], ' ');
      row += pad === padStart ? padStart(output[j], widths[j - i] - separator, ' ') : output[j];
      push(rows, row);
    }
    if (count < output.length) push(rows, output[count]);
    return rows;
  }

  function fitsLine(ctx, output, start, base) {
    let total = output.length + start;
    if (total + output.length > BREAK_LENGTH) return false;
    for (let i = 0; i < output.length; i++) {
      total += output[i].length;
      if (total > BREAK_LENGTH) return false;
    }
    return base === '' || !includes(base, '\n');
  }

  function toSingleString(ctx, output, base, braces, type, depth, value) {
    const count = output.length;
    if (type === ARRAY_EXTRAS && count > 6) output = group(ctx, output, value);
    const lead = base === '' ? '' : `${base} `;
    if (ctx.currentDepth - depth < COMPACT && count === output.length) {
      const start = output.length + ctx.indentation + braces[0].length + base.length + 10;
      if (fitsLine(ctx, output, start, base)) {
        const joined = join(output, ', ');
        if (!includes(joined, '\n')) return `${lead}${braces[0]} ${joined} ${braces[1]}`;
      }
    }
    const indentation = `\n${repeat(' ', ctx.indentation)}`;
    return `${lead}${braces[0]}${indentation}  ${join(output, `,${indentation}  `)}${indentation}${braces[1]}`;
  }

  function inspect(value, options) {
    const depth = options?.depth === null ? Infinity : options?.depth ?? 2;
    return formatValue({ seen: [], indentation: 0, currentDepth: 0, circular: [], depth }, value, 0);
  }

  // printf of console.log: the first argument may hold %s and its like, the rest is put between spaces.
  function format(args) {
    let text = '';
    let next = 0;
    if (typeof args[0] === 'string' && args.length > 1 && includes(args[0], '%')) {
      next = 1;
      text = replace(args[0], /%[sdifjoOc%]/g, spec => {
        if (spec === '%%') return '%';
        if (next >= args.length) return spec;
        const arg = args[next++];
        switch (spec) {
          case '%s': {
            if (typeof arg === 'bigint') return `${arg}n`;
            if (typeof arg === 'symbol') return symbolText(arg);
            if (is(arg, -0)) return '-0';
            if (typeof arg !== 'object' || arg === null) return `${arg}`;
            return inspect(arg, { depth: 0 });
          }
          case '%d':
            if (typeof arg === 'bigint') return `${arg}n`;
            return typeof arg === 'symbol' ? 'NaN' : formatPrimitive({ indentation: 0 }, Number(arg));
          case '%i':
            if (typeof arg === 'bigint') return `${arg}n`;
            return typeof arg === 'symbol' ? 'NaN' : formatPrimitive({ indentation: 0 }, parseInt(arg));
          case '%f':
            return typeof arg === 'symbol' ? 'NaN' : formatPrimitive({ indentation: 0 }, parseFloat(arg));
          case '%j':
            try { return stringify(arg); } catch { return '[Circular]'; }
          case '%o':
          case '%O':
            return inspect(arg, { depth: 4 });
          default:
            return '';
        }
      });
    } else if (args.length > 0) {
      next = 1;
      text = typeof args[0] === 'string' ? args[0] : inspect(args[0]);
    }
    for (; next < args.length; next++) {
      text += ' ' + (typeof args[next] === 'string' ? args[next] : inspect(args[next]));
    }
    return text;
  }

  shared.inspect = inspect;
  shared.format = format;
}
