//! A native Omega Lisp REPL on standard input: `cargo run -p guest-repl --example omega`.

use std::io::{BufRead as _, Write as _, stderr, stdin, stdout};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use guest_repl::{Completeness, PROMPT, Repl, World};

/// The machine that it runs on.
struct Native {
    start: Instant,
    seed: u64,
}

impl World for Native {
    fn write(&mut self, text: &[u8]) {
        // A reader that went away is no reason to stop computing.
        let _ = stdout().write_all(text).and_then(|()| stdout().flush());
    }

    fn wall_clock(&mut self) -> u128 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_nanos()
    }

    fn monotonic_clock(&mut self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn random(&mut self) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014).
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn main() {
    let mut repl = Repl::new(Box::new(Native { start: Instant::now(), seed: 1 }));
    let mut command = String::new();
    prompt(PROMPT);
    for line in stdin().lock().lines() {
        let Ok(line) = line else { break };
        command.push_str(&line);
        command.push('\n');
        if Repl::completeness(&command) == Completeness::Incomplete {
            prompt("  ... ");
            continue;
        }
        match repl.execute(&std::mem::take(&mut command)) {
            Ok(reply) if reply.should_exit => return,
            Ok(reply) if reply.output.is_empty() => {}
            Ok(reply) => println!("{}", reply.output),
            Err(text) => eprintln!("error: {text}"),
        }
        prompt(PROMPT);
    }
}

fn prompt(text: &str) {
    eprint!("{text}");
    let _ = stderr().flush();
}
