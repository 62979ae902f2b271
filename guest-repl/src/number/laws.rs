//! Laws that arithmetic keeps, and a model that it agrees with, tried on numbers of all kinds and sizes.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use super::{Bitwise, Division, Number, Rounding, parse};

/// Numbers by SplitMix64 (Steele, Lea, Flood 2014), the same in each run.
struct Dice(u64);

impl Dice {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.word() % limit
    }

    /// An integer of any length up to 62 bits, so that products of two fit in 128 bits, and often one at an edge.
    fn medium(&mut self) -> i128 {
        let number = match self.below(4) {
            0 => (1_i128 << self.below(63)) - i128::from(self.below(3)),
            _ => i128::from(self.word() >> (2 + self.below(62))),
        };
        if self.below(2) == 0 { number } else { -number }
    }

    /// An integer of up to `words` words, with runs of zeros and ones as divisions like them least.
    fn integer(&mut self, words: u64) -> BigInt {
        let count = self.below(words + 1);
        let words = (0..count).map(|_| match self.below(4) {
            0 => 0,
            1 => u64::MAX,
            _ => self.word(),
        });
        let bytes: Vec<u8> = words.collect::<Vec<_>>().into_iter().flat_map(u64::to_le_bytes).collect();
        let number = BigInt::from_bytes_le(Sign::Plus, &bytes) >> self.below(64);
        if self.below(2) == 0 { number } else { -number }
    }

    fn number(&mut self, words: u64) -> Number {
        Number::integer(self.integer(words)).expect("small enough")
    }

    fn exact(&mut self, words: u64) -> Number {
        let (numerator, denominator) = (self.integer(words), self.integer(words));
        if denominator == BigInt::ZERO {
            return Number::integer(numerator).expect("small enough");
        }
        Number::ratio(numerator, denominator).expect("small enough")
    }

    fn float(&mut self) -> f64 {
        loop {
            let number = f64::from_bits(self.word());
            if number.is_finite() {
                return number;
            }
        }
    }
}

fn number(number: i128) -> Number {
    Number::integer(BigInt::from(number)).expect("small enough")
}

fn fits<T>(result: super::Result<T>) -> T {
    result.expect("small enough")
}

#[test]
fn integers_agree_with_those_of_128_bits() {
    let mut dice = Dice(1);
    for _ in 0..20_000 {
        let (a, b) = (dice.medium(), dice.medium());
        let (x, y) = (number(a), number(b));
        assert_eq!(x.add(&y), Ok(number(a + b)));
        assert_eq!(x.sub(&y), Ok(number(a - b)));
        assert_eq!(x.mul(&y), Ok(number(a * b)));
        assert_eq!(x.compare(&y), Some(a.cmp(&b)));
        assert_eq!(x.bitwise(&y, Bitwise::And), Ok(number(a & b)));
        assert_eq!(x.bitwise(&y, Bitwise::Or), Ok(number(a | b)));
        assert_eq!(x.bitwise(&y, Bitwise::Xor), Ok(number(a ^ b)));
        assert_eq!(x.bitwise_not(), Ok(number(!a)));
        let count = i64::try_from(dice.below(64)).expect("small");
        assert_eq!(x.shift(count), Ok(number(a << count)));
        assert_eq!(x.shift(-count), Ok(number(a >> count)));
        // A dividend of 128 bits.
        let c = a * dice.medium();
        if b != 0 {
            let divide = |division| fits(number(c).divide(&y, division));
            assert_eq!(divide(Division::Quotient), number(c / b));
            assert_eq!(divide(Division::Remainder), number(c % b));
            assert_eq!(divide(Division::Modulo), number((c % b + b) % b));
            assert_eq!(divide(Division::FloorQuotient), number((c - (c % b + b) % b) / b));
        }
        assert_eq!(number(c).to_text(10), c.to_string());
        assert_eq!(parse(&c.to_string(), 10), Some(Ok(number(c))));
        #[expect(clippy::cast_precision_loss, reason = "what is tested")]
        let float = c as f64;
        assert_eq!(number(c).to_float().to_bits(), float.to_bits());
    }
}

#[test]
fn each_exact_number_has_one_form() {
    let mut dice = Dice(2);
    for _ in 0..5_000 {
        match dice.exact(4) {
            Number::Big(number) => assert!(i64::try_from(&*number).is_err()),
            Number::Ratio(ratio) => {
                assert!(ratio.denominator > BigInt::from(1));
                assert_eq!(super::ratio::gcd(&ratio.numerator, &ratio.denominator), BigInt::from(1));
            }
            Number::Int(_) => {}
            Number::Float(_) => panic!("not exact"),
        }
    }
}

#[test]
fn ratios_are_a_field() {
    let mut dice = Dice(3);
    for _ in 0..2_000 {
        let [a, b, c] = [0; 3].map(|_| dice.exact(4));
        assert_eq!(fits(a.add(&b)), fits(b.add(&a)));
        assert_eq!(fits(a.mul(&b)), fits(b.mul(&a)));
        assert_eq!(fits(fits(a.add(&b)).add(&c)), fits(a.add(&fits(b.add(&c)))));
        assert_eq!(fits(fits(a.mul(&b)).mul(&c)), fits(a.mul(&fits(b.mul(&c)))));
        assert_eq!(fits(a.mul(&fits(b.add(&c)))), fits(fits(a.mul(&b)).add(&fits(a.mul(&c)))));
        assert_eq!(fits(fits(a.add(&b)).sub(&b)), a);
        if !b.is_zero() {
            assert_eq!(fits(fits(a.mul(&b)).div(&b)), a);
            assert_eq!(fits(fits(a.div(&b)).mul(&b)), a);
        }
        assert_eq!(a.compare(&b), fits(a.sub(&b)).sign());
        assert_eq!(fits(fits(a.numerator()).div(&fits(a.denominator()))), a);
    }
}

#[test]
fn division_leaves_a_rest_smaller_than_the_divisor() {
    let mut dice = Dice(4);
    // Long enough for divisions that are not done digit by digit.
    for words in [3, 10, 100, 600].into_iter().flat_map(|words| [words; 100]) {
        let (a, b) = (dice.number(2 * words), dice.number(words));
        if b.is_zero() {
            continue;
        }
        for (quotient, rest) in [(Division::Quotient, Division::Remainder), (Division::FloorQuotient, Division::Modulo)]
        {
            let (quotient, rest) = (fits(a.divide(&b, quotient)), fits(a.divide(&b, rest)));
            assert_eq!(fits(fits(quotient.mul(&b)).add(&rest)), a);
            assert_eq!(fits(rest.magnitude()).compare(&fits(b.magnitude())), Some(Ordering::Less));
        }
        let modulo = fits(a.divide(&b, Division::Modulo));
        assert!(modulo.is_zero() || modulo.is_negative() == b.is_negative());
        let remainder = fits(a.divide(&b, Division::Remainder));
        assert!(remainder.is_zero() || remainder.is_negative() == a.is_negative());
    }
}

#[test]
fn products_keep_the_distributive_law_at_all_sizes() {
    let mut dice = Dice(5);
    for words in [3, 40, 300, 1500].into_iter().flat_map(|words| [words; 20]) {
        let [a, b, c] = [0; 3].map(|_| dice.number(words));
        assert_eq!(fits(a.mul(&fits(b.add(&c)))), fits(fits(a.mul(&b)).add(&fits(a.mul(&c)))));
        // Modulo a prime of 61 bits.
        let prime = Number::Int((1 << 61) - 1);
        let modulo = |number: &Number| fits(number.divide(&prime, Division::Modulo));
        assert_eq!(modulo(&fits(a.mul(&b))), modulo(&fits(modulo(&a).mul(&modulo(&b)))));
    }
}

#[test]
fn common_divisors_divide_and_are_the_greatest() {
    let mut dice = Dice(6);
    for _ in 0..500 {
        let (a, b, c) = (dice.number(6), dice.number(3), dice.number(4));
        let divisor = fits(a.gcd(&b));
        assert!(!divisor.is_negative());
        if divisor.is_zero() {
            continue;
        }
        for number in [&a, &b] {
            assert!(fits(number.divide(&divisor, Division::Remainder)).is_zero());
        }
        let scaled = fits(fits(a.mul(&c)).gcd(&fits(b.mul(&c))));
        assert_eq!(scaled, fits(divisor.mul(&fits(c.magnitude()))));
        assert_eq!(fits(fits(a.lcm(&b)).mul(&divisor)), fits(fits(a.mul(&b)).magnitude()));
    }
}

#[test]
fn roots_are_the_largest_whose_square_is_not_larger() {
    let mut dice = Dice(7);
    for words in [1, 2, 5, 40].into_iter().flat_map(|words| [words; 100]) {
        let square = fits(dice.number(words).magnitude());
        for square in [square.clone(), fits(square.mul(&square))] {
            let (root, rest) = fits(square.root_and_rest());
            assert_eq!(fits(fits(root.mul(&root)).add(&rest)), square);
            assert!(!rest.is_negative());
            let next = fits(root.add(&Number::Int(1)));
            assert_eq!(square.compare(&fits(next.mul(&next))), Some(Ordering::Less));
        }
    }
}

#[test]
fn powers_multiply() {
    let mut dice = Dice(8);
    for _ in 0..300 {
        let base = dice.exact(2);
        let exponent = i64::try_from(dice.below(20)).expect("small");
        let product = (0..exponent).fold(Number::Int(1), |product, _| fits(product.mul(&base)));
        assert_eq!(base.power(&Number::Int(exponent)), Ok(product.clone()));
        if !base.is_zero() {
            assert_eq!(base.power(&Number::Int(-exponent)), Number::Int(1).div(&product));
        }
    }
}

#[test]
fn numbers_come_back_from_text_in_every_radix() {
    let mut dice = Dice(9);
    for words in [1, 3, 50, 400].into_iter().flat_map(|words| [words; 20]) {
        let number = dice.exact(words);
        let radix = u32::try_from(2 + dice.below(35)).expect("small");
        assert_eq!(parse(&number.to_text(radix), radix), Some(Ok(number)));
    }
    for _ in 0..1_000 {
        let float = dice.float();
        assert_eq!(parse(&Number::Float(float).to_text(10), 10), Some(Ok(Number::Float(float))));
    }
}

#[test]
fn floats_are_exactly_what_they_are() {
    let mut dice = Dice(10);
    for _ in 0..2_000 {
        let float = dice.float();
        let exact = fits(Number::Float(float).to_exact());
        assert!(exact.is_exact());
        assert_eq!(exact.to_float().to_bits(), float.to_bits());
        assert_eq!(exact.compare(&Number::Float(float)), Some(Ordering::Equal));
        // A little more than the float is more than it, and its nearest float still.
        let tiny = fits(Number::Int(10).power(&Number::Int(-400)));
        let more = fits(exact.add(&tiny));
        assert_eq!(more.compare(&Number::Float(float)), Some(Ordering::Greater));
        assert_eq!(more.to_float().to_bits(), float.to_bits());
        let other = dice.float();
        assert_eq!(exact.compare(&Number::Float(other)), float.partial_cmp(&other));
    }
}

#[test]
fn the_float_of_a_ratio_is_the_nearest() {
    let mut dice = Dice(11);
    for words in [1, 2, 17].into_iter().flat_map(|words| [words; 300]) {
        let exact = dice.exact(words);
        let float = exact.to_float();
        if !float.is_finite() {
            continue;
        }
        let distance = |float: f64| fits(fits(fits(Number::Float(float).to_exact()).sub(&exact)).magnitude());
        for other in [float.next_up(), float.next_down()].into_iter().filter(|other| other.is_finite()) {
            let order = distance(float).compare(&distance(other));
            let even = float.to_bits() % 2 == 0;
            assert!(order == Some(Ordering::Less) || order == Some(Ordering::Equal) && even, "{exact:?} {float}");
        }
    }
}

#[test]
fn roundings_are_within_one() {
    let mut dice = Dice(12);
    for _ in 0..1_000 {
        let number = dice.exact(3);
        let round = |rounding| fits(number.round(rounding));
        let (floor, ceiling) = (round(Rounding::Floor), round(Rounding::Ceiling));
        assert!(floor.is_exact_integer());
        assert_ne!(floor.compare(&number), Some(Ordering::Greater));
        assert_ne!(ceiling.compare(&number), Some(Ordering::Less));
        assert_eq!(fits(ceiling.sub(&floor)), Number::Int(i64::from(!number.is_integer())));
        assert_eq!(round(Rounding::Truncate), if number.is_negative() { ceiling } else { floor });
        let half = fits(Number::Int(1).div(&Number::Int(2)));
        let distance = fits(fits(number.sub(&round(Rounding::Nearest))).magnitude());
        assert_ne!(distance.compare(&half), Some(Ordering::Greater));
    }
}
