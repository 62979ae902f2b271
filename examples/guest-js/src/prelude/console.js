// console: what a program tells; warnings and errors go to standard error.
(native, shared) => {
  'use strict';
  const { inspect, format } = shared;
  const OUT = 0;
  const ERR = 1;
  let indentation = '';
  const counts = new Map();
  const timers = new Map();

  function tell(to, text) {
    if (indentation !== '') text = indentation + text.replaceAll('\n', `\n${indentation}`);
    native.write(to, text + '\n');
  }

  const elapsed = label => {
    const began = timers.get(label);
    if (began === undefined) {
      tell(ERR, `Warning: No such label '${label}' for console.time()`);
      return undefined;
    }
    return `${(native.monotonic() - began).toFixed(3)}ms`;
  };

  // Text in a box of lines, a row for each item.
  function table(rows, columns) {
    if (typeof rows !== 'object' || rows === null) return tell(OUT, format([rows]));
    const heads = ['(index)'];
    const lines = [];
    let values = false;
    const items = rows instanceof Map ? [...rows] : rows instanceof Set ? [...rows].entries() : Object.entries(rows);
    for (const [index, item] of items) {
      const line = [`${index}`];
      if (typeof item === 'object' && item !== null) {
        for (const key of columns ?? Object.keys(item)) {
          let at = heads.indexOf(key, 1);
          if (at < 0) at = heads.push(key) - 1;
          if (key in item) line[at] = inspect(item[key], { depth: 0 });
        }
      } else {
        line.value = inspect(item, { depth: 0 });
        values = true;
      }
      lines.push(line);
    }
    if (values) {
      heads.push('Values');
      for (const line of lines) if ('value' in line) line[heads.length - 1] = line.value;
    }
    const widths = heads.map((head, i) => lines.reduce((width, line) => Math.max(width, (line[i] ?? '').length), head.length));
    const rule = (left, middle, right) => left + widths.map(width => '─'.repeat(width + 2)).join(middle) + right;
    const row = line => `│${widths.map((width, i) => ` ${(line[i] ?? '').padEnd(width)} `).join('│')}│`;
    const text = [rule('┌', '┬', '┐'), row(heads), rule('├', '┼', '┤'), ...lines.map(row), rule('└', '┴', '┘')];
    tell(OUT, text.join('\n'));
  }

  const methods = {
    log(...args) { tell(OUT, format(args)); },
    info(...args) { tell(OUT, format(args)); },
    debug(...args) { tell(OUT, format(args)); },
    warn(...args) { tell(ERR, format(args)); },
    error(...args) { tell(ERR, format(args)); },
    trace(...args) {
      const frames = new Error().stack.split('\n').filter(line => line.includes('<repl>'));
      tell(ERR, ['Trace' + (args.length > 0 ? `: ${format(args)}` : ''), ...frames].join('\n'));
    },
    assert(holds, ...args) {
      if (holds) return;
      if (typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`;
      else args.unshift('Assertion failed');
      tell(ERR, format(args));
    },
    dir(value, options) { tell(OUT, inspect(value, options)); },
    dirxml(...args) { tell(OUT, format(args)); },
    table,
    group(...args) {
      if (args.length > 0) tell(OUT, format(args));
      indentation += '  ';
    },
    groupEnd() { indentation = indentation.slice(2); },
    count(label = 'default') {
      const count = (counts.get(`${label}`) ?? 0) + 1;
      counts.set(`${label}`, count);
      tell(OUT, `${label}: ${count}`);
    },
    countReset(label = 'default') { counts.delete(`${label}`); },
    time(label = 'default') { timers.set(`${label}`, native.monotonic()); },
    timeLog(label = 'default', ...args) {
      const time = elapsed(`${label}`);
      if (time !== undefined) tell(OUT, format([`${label}: ${time}`, ...args]));
    },
    timeEnd(label = 'default') {
      const time = elapsed(`${label}`);
      timers.delete(`${label}`);
      if (time !== undefined) tell(OUT, `${label}: ${time}`);
    },
    clear() {},
  };
  methods.groupCollapsed = methods.group;

  const console = {};
  for (const name of Object.keys(methods)) console[name] = methods[name];
  Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
  shared.define('console', console);
  // A command that failed within a group leaves the next one at the margin.
  shared.margin = () => { indentation = ''; };
}
