// Text and bytes: TextEncoder, TextDecoder.
(native, shared) => {
  'use strict';

  class TextEncoder {
    get encoding() { return 'utf-8'; }

    encode(text = '') { return native.encode(`${text}`.toWellFormed()); }

    encodeInto(text, into) {
      text = `${text}`.toWellFormed();
      let read = 0;
      let written = 0;
      for (const character of text) {
        const bytes = native.encode(character);
        if (written + bytes.length > into.length) break;
        into.set(bytes, written);
        read += character.length;
        written += bytes.length;
      }
      return { read, written };
    }

    get [Symbol.toStringTag]() { return 'TextEncoder'; }
  }

  const LABELS = { __proto__: null };
  const label = (name, ...labels) => { for (const each of labels) LABELS[each] = name; };
  label('utf-8', 'utf-8', 'utf8', 'unicode-1-1-utf-8');
  label('utf-16le', 'utf-16le', 'utf-16', 'ucs-2', 'unicode');
  label('windows-1252', 'latin1', 'iso-8859-1', 'ascii', 'us-ascii', 'windows-1252', 'l1');

  const bytesOf = input => {
    if (input === undefined) return new Uint8Array(0);
    if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    return new Uint8Array(input);
  };

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    // The beginning of a character whose rest was not there yet.
    #kept = [];

    constructor(encoding = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
      const name = LABELS[`${encoding}`.trim().toLowerCase()];
      if (name === undefined) throw new RangeError(`The "${encoding}" encoding is not supported`);
      this.#encoding = name;
      this.#fatal = Boolean(fatal);
      this.#ignoreBOM = Boolean(ignoreBOM);
    }

    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }

    decode(input, { stream = false } = {}) {
      let bytes = bytesOf(input);
      if (this.#kept.length > 0) bytes = Uint8Array.of(...this.#kept, ...bytes);
      const whole = stream ? this.#whole(bytes) : bytes.length;
      this.#kept = [...bytes.subarray(whole)];
      let text = this.#text(bytes.subarray(0, whole));
      if (text === undefined) throw new TypeError('The encoded data was not valid for encoding utf-8');
      if (!this.#ignoreBOM && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
      return text;
    }

    // How many of `bytes` are whole characters.
    #whole(bytes) {
      const length = bytes.length;
      if (this.#encoding === 'utf-16le') return length - (length % 2);
      if (this.#encoding !== 'utf-8') return length;
      for (let back = 1; back <= 3 && back <= length; back++) {
        const byte = bytes[length - back];
        if (byte >= 0xc0) {
          const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
          return needed > back ? length - back : length;
        }
        if (byte < 0x80) return length;
      }
      return length;
    }

    #text(bytes) {
      if (this.#encoding === 'utf-8') return native.decode(bytes, this.#fatal);
      let text = '';
      if (this.#encoding === 'utf-16le') {
        for (let i = 0; i + 1 < bytes.length; i += 2) text += String.fromCharCode(bytes[i] | (bytes[i + 1] << 8));
        if (bytes.length % 2 === 1) text += '\ufffd';
        return text.toWellFormed();
      }
      for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
      return text;
    }

    get [Symbol.toStringTag]() { return 'TextDecoder'; }
  }

  shared.define('TextEncoder', TextEncoder);
  shared.define('TextDecoder', TextDecoder);
}
