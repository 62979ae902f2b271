//! The smallest guest: a calculator that remembers its variables.
//!
//! `x = 2 * (3 + 4)` keeps a value, `x / 4` shows one, `vars` lists them. The state is an ordinary `static`: the host saves
//! and restores the memory it lies in.

#[cfg(target_arch = "wasm32")]
mod guest;

use std::collections::BTreeMap;

/// What one session remembers.
#[derive(Default)]
pub struct Calculator {
    variables: BTreeMap<String, f64>,
}

impl Calculator {
    /// Runs a command: the printed value, or what is wrong with it.
    ///
    /// # Errors
    /// In the words that a user reads.
    pub fn run(&mut self, command: &str) -> Result<String, String> {
        let command = command.trim();
        if command == "vars" {
            let lines: Vec<_> = self.variables.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            return Ok(lines.join("\n"));
        }
        match command.split_once('=') {
            Some((name, value)) => {
                let name = name.trim();
                if !name.starts_with(char::is_alphabetic) || !name.chars().all(char::is_alphanumeric) {
                    return Err(format!("{name:?} is no name of a variable"));
                }
                let value = self.value(value)?;
                self.variables.insert(name.to_owned(), value);
                Ok(String::new())
            }
            None if command.is_empty() => Ok(String::new()),
            None => self.value(command).map(|value| value.to_string()),
        }
    }

    fn value(&self, text: &str) -> Result<f64, String> {
        let mut rest = text.trim_start();
        let value = self.sum(&mut rest, 0)?;
        if rest.is_empty() { Ok(value) } else { Err(format!("did not expect {rest:?}")) }
    }

    fn sum(&self, rest: &mut &str, depth: usize) -> Result<f64, String> {
        let mut value = self.product(rest, depth)?;
        while let Some(operator) = take(rest, "+-") {
            let next = self.product(rest, depth)?;
            value = if operator == '+' { value + next } else { value - next };
        }
        Ok(value)
    }

    fn product(&self, rest: &mut &str, depth: usize) -> Result<f64, String> {
        let mut value = self.factor(rest, depth)?;
        while let Some(operator) = take(rest, "*/") {
            let next = self.factor(rest, depth)?;
            value = if operator == '*' { value * next } else { value / next };
        }
        Ok(value)
    }

    fn factor(&self, rest: &mut &str, depth: usize) -> Result<f64, String> {
        // Deep recursion would overflow the stack, which is a trap and no error of the language.
        if depth > 200 {
            return Err("too deep".to_owned());
        }
        match take(rest, "-(") {
            Some('-') => return self.factor(rest, depth + 1).map(|value| -value),
            Some(_) => {
                let value = self.sum(rest, depth + 1)?;
                return take(rest, ")").map(|_| value).ok_or_else(|| "a ) is missing".to_owned());
            }
            None => {}
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '.').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        *rest = after.trim_start();
        match word.parse() {
            Ok(number) if word.starts_with(|c: char| c.is_ascii_digit()) => Ok(number),
            _ if word.is_empty() => Err("a number or a variable is missing".to_owned()),
            _ => self.variables.get(word).copied().ok_or_else(|| format!("there is no variable {word}")),
        }
    }
}

/// Takes the next character when it is one of these, and the blanks after it.
fn take(rest: &mut &str, wanted: &str) -> Option<char> {
    let next = rest.chars().next().filter(|next| wanted.contains(*next))?;
    *rest = rest[next.len_utf8()..].trim_start();
    Some(next)
}

/// Whether a command is a beginning that another line could go on with: a parenthesis is open.
#[must_use]
pub fn is_open(input: &str) -> bool {
    input.matches('(').count() > input.matches(')').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_remembers_and_reckons() {
        let mut calculator = Calculator::default();
        assert_eq!(calculator.run("x = 2 * (3 + 4)"), Ok(String::new()));
        assert_eq!(calculator.run("-x / 4 + 1"), Ok("-2.5".to_owned()));
        assert_eq!(calculator.run("vars"), Ok("x = 14".to_owned()));
        for wrong in ["y", "1 +", "(1", "1 2", "1 = 2", &"(".repeat(10_000)] {
            assert!(calculator.run(wrong).is_err(), "{wrong:.20}");
        }
        assert!(is_open("2 * (3") && !is_open("2 * (3)"));
    }
}
