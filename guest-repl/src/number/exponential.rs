//! The exponential function, to little more than half of a float's last place. That of compilers for WebAssembly is off
//! by one there for 1 already.
//!
//! ```text
//! x = k·ln 2 + r, |r| ≤ ½ ln 2        e^x = 2^k · (1 + r + r²/2 + the rest)
//! ```
//! The first three terms are sums of two floats each; the rest is so small that one float's error does not show.

use std::f64::consts::LOG2_E;

/// The first bits of ln 2, few enough that their product with `k` is exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);

/// The bits after those, to a total of 85.
const LN_2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);

/// Beyond it, the result is infinite; more than 1024 ln 2.
const LARGE: f64 = 710.0;

/// Below it, the result is zero; less than -1075 ln 2.
const SMALL: f64 = -746.0;

/// Terms of the series: what follows is less than 2⁻⁶² of the result.
const TERMS: i32 = 15;

/// Bits of a float whose square is exact.
const HALF: u64 = 0xffff_ffff_f800_0000;

/// e to the power of `x`.
pub(super) fn exp(x: f64) -> f64 {
    match x {
        _ if x.is_nan() => return x,
        _ if x > LARGE => return f64::INFINITY,
        _ if x < SMALL => return 0.0,
        _ => {}
    }
    let k = (x * LOG2_E).round_ties_even();
    let (r, r_rest) = two_sum(x - k * LN_2_HIGH, -(k * LN_2_LOW));
    let (square, square_rest) = two_square(r);
    let (sum, first_rest) = two_sum(1.0, r);
    let (sum, second_rest) = two_sum(sum, square / 2.0);
    let rest = r_rest * sum + square_rest / 2.0 + first_rest + second_rest + square * r * series(r);
    // Twice, as a power of two near the ends of the range is no float.
    let half = (k / 2.0).trunc();
    (sum + rest) * power_of_two(half) * power_of_two(k - half)
}

/// 1/3! + r/4! + r²/5! …
fn series(r: f64) -> f64 {
    (4..=TERMS).rev().fold(1.0, |sum, n| 1.0 + sum * r / f64::from(n)) / 6.0
}

/// The sum of two floats, and what it lacks of being exact (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}

/// The square of a float, and what it lacks of being exact (Dekker).
fn two_square(a: f64) -> (f64, f64) {
    let square = a * a;
    let high = f64::from_bits(a.to_bits() & HALF);
    let low = a - high;
    (square, ((high * high - square) + 2.0 * high * low) + low * low)
}

/// For an integer that is the exponent of a float.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a biased exponent is from 1 to 2046")]
fn power_of_two(exponent: f64) -> f64 {
    f64::from_bits(((exponent + 1023.0) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_floats_come_out() {
        let known = [
            (0.0, 1.0),
            (1.0, std::f64::consts::E),
            (-1.0, 0.367_879_441_171_442_33),
            (0.5, 1.648_721_270_700_128_2),
            (2.0, 7.389_056_098_930_65),
            (10.0, 22_026.465_794_806_718),
            (20.0, 485_165_195.409_790_3),
            (100.0, 2.688_117_141_816_135_6e43),
            (709.0, 8.218_407_461_554_972e307),
            (-745.0, 5e-324),
            (-746.5, 0.0),
            (709.79, f64::INFINITY),
            (f64::INFINITY, f64::INFINITY),
            (f64::NEG_INFINITY, 0.0),
        ];
        for (x, expected) in known {
            assert_eq!(exp(x).to_bits(), f64::to_bits(expected), "{x}: {}", exp(x));
        }
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn no_place_before_the_last_is_ever_wrong() {
        for n in -200_000..200_000 {
            let x = f64::from(n) * 0.003_541_7;
            // Of natively compiled functions, either neighbour of the true value is acceptable.
            let distance = exp(x).to_bits().abs_diff(x.exp().to_bits());
            assert!(distance <= 1, "{x}: {} {}", exp(x), x.exp());
        }
    }
}
