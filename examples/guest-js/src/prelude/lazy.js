// What most sessions never ask for is there when they do.
(native, shared) => {
  'use strict';
  const { defineProperty, getOwnPropertyDescriptor } = Object;
  const lazily = (names, ...parts) => {
    let loaded = false;
    const load = () => {
      if (loaded) return;
      loaded = true;
      const before = names.map(name => [name, getOwnPropertyDescriptor(globalThis, name)]);
      for (const part of parts) native.lazyPart(part)(native, shared);
      // A program's own thing of that name stays.
      for (const [name, own] of before) if (own !== undefined && !('get' in own)) defineProperty(globalThis, name, own);
    };
    for (const name of names) {
      defineProperty(globalThis, name, {
        get() {
          load();
          return globalThis[name];
        },
        set(value) { defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true }); },
        enumerable: false,
        configurable: true,
      });
    }
  };
  lazily(['URL', 'URLSearchParams'], 'url-parts', 'url');
  lazily(['Event', 'CustomEvent', 'EventTarget', 'AbortSignal', 'AbortController'], 'events');
}
