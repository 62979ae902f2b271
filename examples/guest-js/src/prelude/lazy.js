// What most sessions never ask for is there when they do.
(native, shared) => {
  'use strict';
  const { defineProperty, getOwnPropertyDescriptor } = Object;
  const NAMES = ['URL', 'URLSearchParams'];
  let loaded = false;
  const load = () => {
    if (loaded) return;
    loaded = true;
    const before = NAMES.map(name => [name, getOwnPropertyDescriptor(globalThis, name)]);
    for (let n = 0; n < native.lazyParts; n++) native.lazyPart(n)(native, shared);
    // A program's own thing of that name stays.
    for (const [name, own] of before) if (own !== undefined && !('get' in own)) defineProperty(globalThis, name, own);
  };
  for (const name of NAMES) {
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
}
