// URLs taken apart and put together, after the WHATWG's URL standard, but for names of hosts that are not ASCII, which need
// tables.
(native, shared) => {
  'use strict';
  const PORTS = { __proto__: null, 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21', 'file:': '' };
  const special = scheme => scheme in PORTS;

  // === Percent signs ===

  // What each part of a URL must not hold as it is, beside what is not ASCII.
  const FRAGMENT = / |"|<|>|`/;
  const QUERY = / |"|#|<|>/;
  const SPECIAL_QUERY = / |"|#|<|>|'/;
  const PATH = / |"|#|<|>|\?|\^|`|\{|\}/;
  const USERINFO = / |"|#|<|>|\?|\^|`|\{|\}|\/|:|;|=|@|\[|\\|\]|\|/;
  const CONTROL = /(?!)/;
  const hex = byte => `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`;
  const encode = (text, set) => {
    let out = '';
    for (const char of text.toWellFormed()) {
      if (char > '\x1f' && char < '\x7f' && !set.test(char)) out += char;
      else for (const byte of native.encode(char)) out += hex(byte);
    }
    return out;
  };
  const decode = text => {
    if (!text.includes('%')) return text;
    const bytes = [];
    const all = native.encode(text.toWellFormed());
    for (let i = 0; i < all.length; i++) {
      const digits = all[i] === 37 ? String.fromCharCode(all[i + 1], all[i + 2]) : '';
      if (/^[0-9a-fA-F]{2}$/.test(digits)) {
        bytes.push(parseInt(digits, 16));
        i += 2;
      } else {
        bytes.push(all[i]);
      }
    }
    return native.decode(Uint8Array.from(bytes), false);
  };

  // === Hosts. undefined: there can be none such ===

  const number = text => {
    if (text === '') return undefined;
    if (/^0[xX][0-9a-fA-F]*$/.test(text)) return text.length === 2 ? 0 : parseInt(text, 16);
    if (/^0[0-7]+$/.test(text)) return parseInt(text, 8);
    return /^[0-9]+$/.test(text) && !/^0./.test(text) ? Number(text) : undefined;
  };
  const ipv4 = labels => {
    if (labels.length > 4) return undefined;
    const numbers = labels.map(number);
    const last = numbers.pop();
    if (numbers.some(n => n === undefined || n > 255) || !(last < 256 ** (4 - numbers.length))) return undefined;
    const address = numbers.reduce((sum, n, i) => sum + n * 256 ** (3 - i), last);
    return [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');
  };
  const ipv6 = text => {
    const halves = text.split('::');
    if (halves.length > 2) return undefined;
    const pieces = half => {
      if (half === '') return [];
      const parts = half.split(':');
      const dotted = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(parts.at(-1));
      if (dotted) {
        const [a, b, c, d] = dotted.slice(1).map(Number);
        if (dotted.slice(1).some(n => n > 255 || /^0./.test(n))) return [NaN];
        parts.splice(-1, 1, (a * 256 + b).toString(16), (c * 256 + d).toString(16));
      }
      return parts.map(part => (/^[0-9a-fA-F]{1,4}$/.test(part) ? parseInt(part, 16) : NaN));
    };
    const [head, tail = []] = halves.map(pieces);
    const missing = 8 - head.length - tail.length;
    if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
    const all = [...head, ...new Array(missing).fill(0), ...tail];
    if (all.some(Number.isNaN)) return undefined;
    // The longest row of zeros, of two at least, is left out.
    let [at, length] = [-1, 1];
    for (let i = 0; i < 8; i++) {
      let end = i;
      while (all[end] === 0) end++;
      if (end - i > length) [at, length] = [i, end - i];
    }
    const write = part => part.map(n => n.toString(16)).join(':');
    return at < 0 ? write(all) : `${write(all.slice(0, at))}::${write(all.slice(at + length))}`;
  };
  const hostOf = (text, scheme) => {
    if (text.startsWith('[')) {
      const address = text.endsWith(']') ? ipv6(text.slice(1, -1)) : undefined;
      return address === undefined ? undefined : `[${address}]`;
    }
    if (!special(scheme)) return /[\0\t\n\r #\/:<>?@[\\\]^|]/.test(text) ? undefined : encode(text, CONTROL);
    const name = decode(text).toLowerCase();
    if (name === '' || /[^\x21-\x7e]|[#\/:<>?@[\\\]^|%]/.test(name)) return undefined;
    const labels = name.split('.');
    if (labels.length > 1 && labels.at(-1) === '') labels.pop();
    const last = labels.at(-1);
    return /^[0-9]+$/.test(last) || /^0[xX][0-9a-fA-F]*$/.test(last) ? ipv4(labels) : name;
  };

  // === Parsing ===

  const setAuthority = (url, text) => {
    const at = text.lastIndexOf('@');
    if (at >= 0) {
      const [user, ...password] = text.slice(0, at).split(':');
      url.username = encode(user, USERINFO);
      url.password = encode(password.join(':'), USERINFO);
      if (text.length === at + 1) return false;
    }
    return setHost(url, text.slice(at + 1));
  };
  const setHost = (url, text) => {
    const [, name, port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text) ?? [];
    if (name === undefined) return false;
    if (url.scheme === 'file:') {
      if (port !== undefined) return false;
      const host = name === '' ? '' : hostOf(name, url.scheme);
      url.host = host === 'localhost' ? '' : host;
      return host !== undefined;
    }
    if (name === '' && (special(url.scheme) || port !== undefined || url.username !== '')) return false;
    url.host = name === '' ? '' : hostOf(name, url.scheme);
    return url.host !== undefined && (port === undefined || setPort(url, port));
  };
  const setPort = (url, text) => {
    if (!/^[0-9]*$/.test(text) || Number(text) > 65535) return false;
    const port = text === '' ? '' : `${Number(text)}`;
    url.port = port === PORTS[url.scheme] ? '' : port;
    return true;
  };
  const setPath = (url, text, before = []) => {
    const segments = (special(url.scheme) ? text.replaceAll('\\', '/') : text).split('/');
    const path = [...before];
    segments.forEach((segment, i) => {
      const plain = segment.replace(/%2e/gi, '.');
      const last = i === segments.length - 1;
      if (plain === '..') {
        if (path.length > 0 && !(url.scheme === 'file:' && path.length === 1 && /^[A-Za-z]:$/.test(path[0]))) path.pop();
        if (last) path.push('');
      } else if (plain === '.') {
        if (last) path.push('');
      } else {
        path.push(encode(segment, PATH));
      }
    });
    url.path = path;
  };
  const setQuery = (url, text) => { url.query = encode(text, special(url.scheme) ? SPECIAL_QUERY : QUERY); };

  // The parts of `input`; undefined when it is no URL.
  const parse = (input, base) => {
    let rest = input.toWellFormed().replace(/^[\0- ]+|[\0- ]+$/g, '').replace(/[\t\n\r]/g, '');
    const cut = mark => {
      const at = rest.indexOf(mark);
      if (at < 0) return undefined;
      const part = rest.slice(at + 1);
      rest = rest.slice(0, at);
      return part;
    };
    const fragment = cut('#');
    const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(rest)?.[0];
    const url = { scheme: scheme?.toLowerCase(), username: '', password: '', host: null, port: '', path: [], query: null, fragment: null };
    if (fragment !== undefined) url.fragment = encode(fragment, FRAGMENT);
    if (scheme !== undefined) rest = rest.slice(scheme.length);
    const query = cut('?');
    const finish = () => {
      if (query !== undefined) setQuery(url, query);
      return url;
    };
    const isSpecial = special(url.scheme ?? base?.scheme ?? '');
    const slashes = isSpecial ? /^[\/\\]+/.exec(rest)?.[0].length ?? 0 : /^\/*/.exec(rest)[0].length;
    const relative = scheme === undefined || (isSpecial && base?.scheme === url.scheme && slashes === 0);
    if (relative) {
      if (base === undefined) return undefined;
      if (typeof base.path === 'string') {
        return rest === '' && query === undefined && fragment !== undefined ? { ...base, fragment: url.fragment } : undefined;
      }
      url.scheme = base.scheme;
    }
    if (slashes >= 2 || (!relative && isSpecial && url.scheme !== 'file:')) {
      // Before a host with a special scheme any number of slashes is as good as two.
      rest = rest.slice(isSpecial && url.scheme !== 'file:' ? slashes : 2);
      const end = rest.search(isSpecial ? /[\/\\]/ : /\//);
      const authority = end < 0 ? rest : rest.slice(0, end);
      if (url.scheme === 'file:' && /^[A-Za-z][:|]$/.test(authority)) {
        url.host = '';
        setPath(url, rest);
        return finish();
      }
      if (!setAuthority(url, authority)) return undefined;
      if (end >= 0) setPath(url, rest.slice(end + 1));
      else if (isSpecial) url.path = [''];
      return finish();
    }
    if (relative || (url.scheme === 'file:' && base?.scheme === 'file:')) {
      const { username, password, host, port } = base;
      Object.assign(url, { username, password, host, port });
      if (slashes > 0) {
        setPath(url, rest.slice(1));
      } else if (rest === '') {
        url.path = [...base.path];
        url.query = base.query;
      } else {
        setPath(url, rest, base.path.slice(0, -1));
      }
      return finish();
    }
    if (url.scheme === 'file:') url.host = '';
    if (slashes > 0 || url.scheme === 'file:') setPath(url, rest.slice(slashes));
    else url.path = encode(rest, CONTROL);
    return finish();
  };

  const pathname = url => (typeof url.path === 'string' ? url.path : url.path.map(part => `/${part}`).join(''));
  const authorityOf = url => {
    if (url.host === null) return typeof url.path !== 'string' && url.path.length > 1 && url.path[0] === '' ? '/.' : '';
    const password = url.password === '' ? '' : `:${url.password}`;
    const user = url.username === '' && password === '' ? '' : `${url.username}${password}@`;
    return `//${user}${url.host}${url.port === '' ? '' : `:${url.port}`}`;
  };
  const href = url => `${url.scheme}${authorityOf(url)}${pathname(url)}${url.query === null ? '' : `?${url.query}`}${
    url.fragment === null ? '' : `#${url.fragment}`}`;

  const sets = { FRAGMENT, USERINFO };
  shared.urls = { special, sets, encode, decode, parse, href, pathname, setHost, setPort, setPath, setQuery };
}
