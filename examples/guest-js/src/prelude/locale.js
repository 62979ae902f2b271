// Numbers for people, as in American English: there is no Intl, and no other way of writing them.
(native, shared) => {
  'use strict';
  const OPTIONS = ['minimumFractionDigits', 'maximumFractionDigits', 'useGrouping'];
  const FRACTION_DIGITS = 3;
  const FRACTION_DIGITS_MAX = 100;

  const digitsOf = (value, fallback) => {
    const digits = value === undefined ? fallback : Math.trunc(value);
    if (!(digits >= 0 && digits <= FRACTION_DIGITS_MAX)) throw new RangeError('Fraction digits must be 0 to 100');
    return digits;
  };

  const optionsOf = options => {
    for (const name of Object.keys(options)) {
      if (!OPTIONS.includes(name)) throw new RangeError(`toLocaleString has no ${name} here, for there is no Intl`);
    }
    const { minimumFractionDigits: least, maximumFractionDigits: most, useGrouping = true } = options;
    const min = digitsOf(least, 0);
    const max = digitsOf(most, Math.max(FRACTION_DIGITS, min));
    if (min > max) throw new RangeError('minimumFractionDigits is more than maximumFractionDigits');
    return { min, max, grouped: useGrouping };
  };

  // The shortest decimal number that tells it from others: its digits, and how many of them come after the point.
  const decimal = value => {
    const [mantissa, exponent = '0'] = `${value}`.split('e');
    const [whole, fraction = ''] = mantissa.split('.');
    return { digits: BigInt(whole + fraction), places: fraction.length - Number(exponent) };
  };

  const written = (value, options) => {
    const { min, max, grouped } = optionsOf(Object(options));
    let { digits, places } = decimal(value);
    if (places > max) {
      const unit = 10n ** BigInt(places - max);
      digits = (digits + unit / 2n) / unit;
    } else {
      digits *= 10n ** BigInt(max - places);
    }
    const text = `${digits}`.padStart(max + 1, '0');
    const whole = text.slice(0, text.length - max);
    let fraction = text.slice(text.length - max);
    while (fraction.length > min && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
    return (grouped ? whole.replace(/\B(?=(?:\d{3})+$)/g, ',') : whole) + (fraction === '' ? '' : `.${fraction}`);
  };

  const { valueOf } = Number.prototype;
  const { valueOf: bigValueOf } = BigInt.prototype;
  const define = (of, toLocaleString) => {
    Object.defineProperty(of, 'toLocaleString', { value: toLocaleString, writable: true, configurable: true });
  };
  define(Number.prototype, function toLocaleString(locales, options) {
    const value = Reflect.apply(valueOf, this, []);
    if (Number.isNaN(value)) return 'NaN';
    const size = Math.abs(value);
    const sign = value < 0 || Object.is(value, -0) ? '-' : '';
    return sign + (size === Infinity ? '∞' : written(size, options));
  });
  define(BigInt.prototype, function toLocaleString(locales, options) {
    const value = Reflect.apply(bigValueOf, this, []);
    return value < 0n ? `-${written(-value, options)}` : written(value, options);
  });
}
