// URL and URLSearchParams.
(native, shared) => {
  'use strict';
  const { special, encode, decode, parse, href, pathname, setHost, setPort, setPath, setQuery } = shared.urls;
  const { FRAGMENT, USERINFO } = shared.urls.sets;
  const CUSTOM = Symbol.for('nodejs.util.inspect.custom');
  const invalid = input => {
    const error = new TypeError(`Invalid URL: ${shared.inspect(input)}`);
    error.code = 'ERR_INVALID_URL';
    return error;
  };

  // === URLSearchParams ===

  const formEncode = text => encode(text, /[^a-zA-Z0-9*\-._ ]/).replaceAll(' ', '+');
  const formDecode = text => decode(text.replaceAll('+', ' '));
  const pairsOf = query => query.split('&').filter(Boolean).map(pair => {
    const at = pair.indexOf('=');
    return at < 0 ? [formDecode(pair), ''] : [formDecode(pair.slice(0, at)), formDecode(pair.slice(at + 1))];
  });
  const text = value => `${value}`.toWellFormed();
  // Set by URL: what it is to do when its parameters change, and how to change them with it.
  let follow;
  let refill;

  class URLSearchParams {
    #pairs = [];
    #changed = () => {};
    static {
      follow = (params, changed) => { params.#changed = changed; };
      refill = (params, query) => { params.#pairs = pairsOf(query); };
    }

    constructor(init = '') {
      if (typeof init !== 'object' || init === null) {
        this.#pairs = pairsOf(text(init).replace(/^\?/, ''));
      } else if (typeof init[Symbol.iterator] === 'function') {
        this.#pairs = Array.from(init, pair => {
          const both = [...pair];
          if (both.length !== 2) throw new TypeError('Each query pair must be an iterable [name, value] tuple');
          return both.map(text);
        });
      } else {
        this.#pairs = Object.entries(init).map(pair => pair.map(text));
      }
    }

    get size() { return this.#pairs.length; }
    append(name, value) {
      this.#pairs.push([text(name), text(value)]);
      this.#changed();
    }

    delete(name, value) {
      this.#pairs = this.#pairs.filter(([n, v]) => n !== text(name) || (value !== undefined && v !== text(value)));
      this.#changed();
    }

    get(name) { return this.#pairs.find(([n]) => n === text(name))?.[1] ?? null; }
    getAll(name) { return this.#pairs.filter(([n]) => n === text(name)).map(([, v]) => v); }
    has(name, value) { return this.#pairs.some(([n, v]) => n === text(name) && (value === undefined || v === text(value))); }
    set(name, value) {
      const first = this.#pairs.find(([n]) => n === text(name));
      if (first === undefined) {
        this.#pairs.push([text(name), text(value)]);
      } else {
        first[1] = text(value);
        this.#pairs = this.#pairs.filter(pair => pair === first || pair[0] !== first[0]);
      }
      this.#changed();
    }

    sort() {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#changed();
    }

    forEach(callback, self) { for (const [name, value] of this) callback.call(self, value, name, this); }
    *entries() { for (let i = 0; i < this.#pairs.length; i++) yield [...this.#pairs[i]]; }
    *keys() { for (const [name] of this) yield name; }
    *values() { for (const [, value] of this) yield value; }
    toString() { return this.#pairs.map(pair => pair.map(formEncode).join('=')).join('&'); }
    get [Symbol.toStringTag]() { return 'URLSearchParams'; }
    [CUSTOM](depth, options, inspect) {
      const pairs = this.#pairs.map(pair => pair.map(part => inspect(part)).join(' => '));
      return pairs.length === 0 ? 'URLSearchParams {}' : `URLSearchParams { ${pairs.join(', ')} }`;
    }
  }
  Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
    value: URLSearchParams.prototype.entries, writable: true, configurable: true,
  });

  // === URL ===

  // What is set is read as within a URL, where tabs and ends of lines are passed over.
  const bare = value => `${value}`.replace(/[\t\n\r]/g, '');

  class URL {
    #url;
    #params = new URLSearchParams();

    constructor(input, base) {
      let from;
      if (base !== undefined) {
        from = parse(`${base}`);
        if (from === undefined) throw invalid(`${base}`);
      }
      this.#become(parse(`${input}`, from), `${input}`);
      follow(this.#params, () => {
        const query = this.#params.toString();
        this.#url.query = query === '' ? null : query;
      });
    }

    static canParse(input, base) { return URL.parse(input, base) !== null; }
    static parse(input, base) {
      try { return new URL(input, base); } catch { return null; }
    }

    #become(url, input) {
      if (url === undefined) throw invalid(input);
      this.#url = url;
      refill(this.#params, url.query ?? '');
    }

    // Changes a copy, which becomes this when all was well.
    #change(change) {
      const url = { ...this.#url };
      if (change(url) !== false) this.#url = url;
    }

    get #opaque() { return typeof this.#url.path === 'string'; }
    get #hasNoUser() { return this.#url.host === null || this.#url.host === '' || this.#url.scheme === 'file:'; }
    get href() { return href(this.#url); }
    set href(value) { this.#become(parse(`${value}`), `${value}`); }
    get origin() {
      const { scheme, host, port } = this.#url;
      if (scheme === 'blob:') return URL.parse(pathname(this.#url))?.origin ?? 'null';
      return special(scheme) && scheme !== 'file:' ? `${scheme}//${host}${port === '' ? '' : `:${port}`}` : 'null';
    }

    get protocol() { return this.#url.scheme; }
    set protocol(value) {
      const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:|$)/.exec(bare(value))?.[0].toLowerCase();
      if (scheme === undefined || special(`${scheme}:`) !== special(this.#url.scheme)) return;
      this.#change(url => {
        if (url.scheme === 'file:' && url.host === '') return false;
        if (scheme === 'file' && (url.username !== '' || url.password !== '' || url.port !== '')) return false;
        url.scheme = `${scheme}:`;
        return setPort(url, url.port);
      });
    }

    get username() { return this.#url.username; }
    set username(value) { if (!this.#hasNoUser) this.#url.username = encode(`${value}`, USERINFO); }
    get password() { return this.#url.password; }
    set password(value) { if (!this.#hasNoUser) this.#url.password = encode(`${value}`, USERINFO); }
    get host() {
      const { host, port } = this.#url;
      return host === null ? '' : port === '' ? host : `${host}:${port}`;
    }

    set host(value) { this.#changeHost(value, true); }
    get hostname() { return this.#url.host ?? ''; }
    set hostname(value) { this.#changeHost(value, false); }
    #changeHost(value, withPort) {
      const end = special(this.#url.scheme) ? /[\/?#\\].*/s : /[\/?#].*/s;
      const [, name, colon, port] = /^(\[[^\]]*\]|[^:[]*)(?:(:)([0-9]*).*)?$/s.exec(bare(value).replace(end, '')) ?? [];
      if (this.#opaque || name === undefined || (colon !== undefined && (!withPort || this.#url.scheme === 'file:'))) return;
      // No port is no change of it.
      this.#change(url => setHost(url, port ? `${name}:${port}` : name));
    }

    get port() { return this.#url.port; }
    set port(value) {
      const digits = /^[0-9]*/.exec(bare(value))[0];
      if (!this.#hasNoUser && (digits !== '' || `${value}` === '')) this.#change(url => setPort(url, digits));
    }

    get pathname() { return pathname(this.#url); }
    set pathname(value) {
      const path = bare(value);
      if (this.#opaque) return;
      if (path === '' && !special(this.#url.scheme)) this.#url.path = [];
      else this.#change(url => setPath(url, path.replace(special(url.scheme) ? /^[\/\\]/ : /^\//, '')));
    }

    get search() { return this.#url.query ? `?${this.#url.query}` : ''; }
    set search(value) {
      const query = bare(value);
      if (query === '') this.#url.query = null;
      else setQuery(this.#url, query.replace(/^\?/, ''));
      refill(this.#params, this.#url.query ?? '');
    }

    get searchParams() { return this.#params; }
    get hash() { return this.#url.fragment ? `#${this.#url.fragment}` : ''; }
    set hash(value) {
      const fragment = bare(value);
      this.#url.fragment = fragment === '' ? null : encode(fragment.replace(/^#/, ''), FRAGMENT);
    }

    toString() { return this.href; }
    toJSON() { return this.href; }
    get [Symbol.toStringTag]() { return 'URL'; }
    [CUSTOM]() { return `URL { ${this.href} }`; }
  }

  shared.define('URL', URL);
  shared.define('URLSearchParams', URLSearchParams);
}
