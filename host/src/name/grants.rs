//! Which functions a session may call.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::FunctionName;

/// Most patterns of one list.
const PATTERNS_MAX: usize = 100;

/// Functions that may be called: names, and beginnings of names that end in `.*`; `*` is all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Grants(Vec<Pattern>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    All,
    /// Names that begin so, with the dot.
    Family(String),
    One(FunctionName),
}

/// Why a text grants nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pattern:?} is neither a function's name, nor the beginning of one with .* after it, nor *")]
pub struct GrantsError {
    pattern: String,
}

impl Grants {
    /// Nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Reads patterns with commas or spaces between them.
    ///
    /// # Errors
    /// [`GrantsError`] with the first that is none.
    pub fn parse(text: &str) -> Result<Self, GrantsError> {
        text.split([',', ' '])
            .filter(|pattern| !pattern.is_empty())
            .map(Pattern::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the function may be called.
    #[must_use]
    pub fn allow(&self, name: &FunctionName) -> bool {
        self.0.iter().any(|pattern| pattern.allows(name))
    }

    /// Whether they allow nothing that `others` don't.
    #[must_use]
    pub fn are_within(&self, others: &Self) -> bool {
        self.0.iter().all(|pattern| others.0.iter().any(|other| pattern.is_within(other)))
    }

    /// Of these what `others` allow too.
    #[must_use]
    pub fn within(&self, others: &Self) -> Self {
        let narrower = |pattern: &Pattern| {
            if others.0.iter().any(|other| pattern.is_within(other)) {
                return vec![pattern.clone()];
            }
            others.0.iter().filter(|other| other.is_within(pattern)).cloned().collect()
        };
        Self(self.0.iter().flat_map(narrower).collect())
    }

    /// Those patterns that allow none of `names`.
    pub fn in_vain<'a>(&'a self, names: &'a [FunctionName]) -> impl Iterator<Item = String> + 'a {
        let vain = |pattern: &&Pattern| !names.iter().any(|name| pattern.allows(name));
        self.0.iter().filter(vain).map(ToString::to_string)
    }

    /// Its patterns, as they are written.
    pub fn patterns(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(ToString::to_string)
    }

    /// Nothing is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, GrantsError> {
        let wrong = |_| GrantsError { pattern: text.to_owned() };
        if text == "*" {
            return Ok(Self::All);
        }
        match text.strip_suffix(".*") {
            Some(family) => FunctionName::new(family).map(|name| Self::Family(format!("{name}."))).map_err(wrong),
            None => FunctionName::new(text).map(Self::One).map_err(wrong),
        }
    }

    fn allows(&self, name: &FunctionName) -> bool {
        match self {
            Self::All => true,
            Self::Family(beginning) => name.as_str().starts_with(beginning.as_str()),
            Self::One(one) => one == name,
        }
    }

    fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::All) => true,
            (Self::All, _) => false,
            (Self::Family(family), Self::Family(other)) => family.starts_with(other.as_str()),
            (Self::Family(_), Self::One(_)) => false,
            (Self::One(one), other) => other.allows(one),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Family(beginning) => write!(f, "{beginning}*"),
            Self::One(name) => name.fmt(f),
        }
    }
}

impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, pattern) in self.0.iter().enumerate() {
            write!(f, "{}{pattern}", if at == 0 { "" } else { ", " })?;
        }
        if self.0.is_empty() { f.write_str("none") } else { Ok(()) }
    }
}

impl TryFrom<Vec<String>> for Grants {
    type Error = String;

    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        if texts.len() > PATTERNS_MAX {
            return Err(format!("at most {PATTERNS_MAX} functions can be listed, these are {}", texts.len()));
        }
        texts
            .iter()
            .map(|text| Pattern::parse(text))
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

impl From<Grants> for Vec<String> {
    fn from(grants: Grants) -> Self {
        grants.0.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(text: &str) -> Grants {
        Grants::parse(text).unwrap()
    }

    fn name(text: &str) -> FunctionName {
        FunctionName::new(text).unwrap()
    }

    #[test]
    fn a_grant_is_a_name_a_family_or_everything() {
        let some = grants("kv.*, infer");
        assert!(some.allow(&name("kv.get")) && some.allow(&name("infer")));
        assert!(!some.allow(&name("kv")) && !some.allow(&name("kvx.get")) && !some.allow(&name("infer.op")));
        assert!(grants("*").allow(&name("anything")) && !Grants::none().allow(&name("infer")));
        assert_eq!(some.to_string(), "kv.*, infer");
    }

    #[test]
    fn what_a_session_asks_for_is_within_what_its_tenant_has() {
        let tenant = grants("kv.*, tools.web.*, infer");
        for within in ["", "kv.*", "kv.get", "tools.web.search, infer", "tools.web.deep.*"] {
            assert!(grants(within).are_within(&tenant), "{within}");
        }
        for beyond in ["*", "tools.*", "kv", "weather", "kv.get, weather"] {
            assert!(!grants(beyond).are_within(&tenant), "{beyond}");
        }
    }

    #[test]
    fn what_two_lists_allow_is_what_both_do() {
        let tenant = grants("kv.*, infer");
        for (own, both) in
            [("*", "kv.*, infer"), ("kv.get, weather", "kv.get"), ("infer", "infer"), ("weather", "none")]
        {
            assert_eq!(grants(own).within(&tenant).to_string(), both, "{own}");
        }
    }

    #[test]
    fn a_grant_of_nothing_that_is_there_is_found() {
        let there = [name("kv.get"), name("infer")];
        let vain: Vec<_> = grants("kv.*, infer, weather, tools.*, *").in_vain(&there).collect();
        assert_eq!(vain, ["weather", "tools.*"]);
    }

    #[test]
    fn what_is_no_grant_is_told() {
        for wrong in ["**", ".*", "a b\n", "k*"] {
            assert!(Grants::parse(wrong).is_err(), "{wrong}");
        }
    }
}
