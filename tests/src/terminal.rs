//! The program at a terminal, which util-linux's `script` makes.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{PATIENCE, Server, eventually, program, setup};

/// A program at a terminal, and what is typed there.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: Receiver<Vec<u8>>,
    shown: String,
}

impl Terminal {
    /// `hostel repl` of a session; nothing where there is no `script`.
    fn repl(server: &Server, session: &str) -> Option<Self> {
        let program = program().get_program().display().to_string();
        // The program stands in the shell's place: some shells would die of the interrupts that are typed.
        let command = format!("exec '{program}' repl {session} --server {}", server.url());
        let child = Command::new("script")
            .args(["-qefc", &command, "/dev/null"])
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            eprintln!("left out: there is no `script` here that makes a terminal");
            return None;
        };
        let (keys, mut shown) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = shown.read(&mut bytes)
                && sender.send(bytes[..count].to_vec()).is_ok()
            {}
        });
        Some(Self { child, keys, screen, shown: String::new() })
    }

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("it reads");
    }

    /// Reads until the screen shows a text, which is then behind; all before it.
    #[track_caller]
    fn shows(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.shown.find(text) {
                let rest = self.shown.split_off(at + text.len());
                return std::mem::replace(&mut self.shown, rest);
            }
            let Ok(bytes) = self.screen.recv_timeout(PATIENCE) else {
                panic!("there is no {text:?} on the screen: {:?}", self.shown)
            };
            self.shown += &String::from_utf8_lossy(&bytes);
        }
    }
}

#[test]
fn a_conversation_at_a_terminal_survives_interrupts_and_ends_with_the_input() {
    let server = setup().with("command-timeout", "1h").start();
    let Some(mut terminal) = Terminal::repl(&server, "alice") else { return };
    terminal.shows("omega> ");
    terminal.types("(define x 4)\r");
    terminal.shows("omega> ");
    terminal.types("(+ x\r");
    terminal.shows("... ");
    terminal.types("\x03");
    terminal.shows("omega> ");
    terminal.types("(set! x 5) (display \"on\") (newline) (let loop () (loop))\r");
    terminal.shows("(loop))\r\n");
    terminal.shows("on\r\n");
    let began = Instant::now();
    terminal.types("\x03");
    terminal.shows("interrupted: the session is as before the command");
    terminal.shows("omega> ");
    terminal.types("(* x 10)\r");
    terminal.shows("40\r\n");
    terminal.shows("omega> ");
    assert!(began.elapsed() < Duration::from_secs(10), "the loop went on for {:?}", began.elapsed());
    terminal.types("(prompt-for-line \"name? \")\r");
    terminal.shows("\r\nname? ");
    terminal.types("\x03");
    terminal.shows("omega> ");
    // The keyboard is still read, and no line goes to the question that is given up.
    terminal.types("(prompt-for-line \"again? \")\r");
    terminal.shows("\r\nagain? ");
    terminal.types("Ada\r");
    terminal.shows("\"Ada\"\r\n");
    terminal.shows("omega> ");
    terminal.types("\x04");
    assert_eq!(terminal.child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_question_that_is_closed_elsewhere_does_not_keep_the_terminal() {
    let server = setup().start();
    let session = server.session("alice");
    assert_eq!(session.create(json!({})).status, 201);
    let Some(mut terminal) = Terminal::repl(&server, "alice") else { return };
    terminal.shows("omega> ");
    terminal.types("(prompt-for-line \"name? \")\r");
    terminal.shows("\r\nname? ");
    eventually("it is stopped", || session.request("POST", "/interrupt", None).json()["interrupted"] == true);
    terminal.shows("interrupted");
    terminal.shows("omega> ");
    terminal.types("(+ 1 2)\r");
    terminal.shows("3\r\n");
    terminal.types("\x04");
    assert_eq!(terminal.child.wait().expect("it ends").code(), Some(0));
}
