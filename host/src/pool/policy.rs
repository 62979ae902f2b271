//! Whom to evict: a pure function, without clocks and locks.

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Need {
    /// Instances that have to go whatever they hold.
    pub(crate) places: usize,
    /// Bytes that have to come free.
    pub(crate) bytes: u64,
}

/// The least recently used instances that together free what is needed: all of them when that is not enough, none when
/// nothing is needed. `idle` gives each with its charge in bytes, least recently used first.
pub(crate) fn victims<K>(idle: impl Iterator<Item = (K, u64)>, need: Need) -> Vec<K> {
    let mut missing = need;
    let mut victims = Vec::new();
    for (key, charge) in idle {
        if missing == Need::default() {
            break;
        }
        missing.places = missing.places.saturating_sub(1);
        missing.bytes = missing.bytes.saturating_sub(charge);
        victims.push(key);
    }
    victims
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_oldest_go_and_no_more_than_needed() {
        let idle = || [('a', 10), ('b', 20), ('c', 5)].into_iter();
        let choose = |places, bytes| victims(idle(), Need { places, bytes });
        assert_eq!(choose(0, 0), [] as [char; 0]);
        assert_eq!(choose(1, 0), ['a']);
        assert_eq!(choose(0, 11), ['a', 'b']);
        assert_eq!(choose(1, 30), ['a', 'b']);
        assert_eq!(choose(3, 1), ['a', 'b', 'c']);
        assert_eq!(choose(9, 99), ['a', 'b', 'c']);
    }

    proptest! {
        #[test]
        fn victims_are_the_shortest_prefix_that_is_enough(
            charges in prop::collection::vec(0_u64..100, 0..20),
            places in 0_usize..5,
            bytes in 0_u64..500,
        ) {
            let chosen = victims(charges.iter().copied().enumerate(), Need { places, bytes });
            prop_assert!(chosen.iter().copied().eq(0..chosen.len()));
            let enough = |n: usize| n >= places && charges[..n].iter().sum::<u64>() >= bytes;
            prop_assert!(enough(chosen.len()) || chosen.len() == charges.len());
            prop_assert!(chosen.is_empty() || !enough(chosen.len() - 1));
        }
    }
}
