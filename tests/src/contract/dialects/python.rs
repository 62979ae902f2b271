//! Python.

use crate::contract::dialect::{Dialect, Living};

pub static DIALECT: Dialect = Dialect {
    guest: "python",
    built_in: false,
    define: Some(|name, value| format!("{name} = {value}")),
    read: Some(str::to_owned),
    add: Some(|name, value| format!("{name} += {value}\n{name}")),
    unknown: Some("1 + nowhere"),
    fail: Some(|message| format!("raise ValueError({})", literal(message))),
    then: Some(|commands| commands.join("\n")),
    print: Some(|text| format!("print({})", literal(text))),
    warn: Some(|text| format!("import sys; _ = print({}, file=sys.stderr)", literal(text))),
    keep_text: Some(|text| format!("text = {}", literal(text))),
    print_text: "print(text)",
    spin: Some("while True: pass"),
    hoard: Some("hoard = []\nwhile True: hoard.append(bytearray(1 << 20))"),
    recurse: Some("def deep(n): return 1 + deep(n + 1)\ndeep(0)"),
    flood: Some("while True: print('abcdefghijklmnopqrstuvwxyz' * 100)"),
    quit: Some("exit()"),
    chance: Some(("import time, random\nseen = (time.time_ns(), random.random())", "seen")),
    bind: Some(|name, expression| format!("import host; {name} = {expression}")),
    line: Some(|prompt| format!("input({})", literal(prompt))),
    call: Some(|name, arguments| format!("__import__('host').call({}, {arguments})", literal(name))),
    failure_kind: Some(|call| {
        format!("import host\ntry:\n    {call}\nexcept host.HostError as error:\n    kind = error.kind\nkind")
    }),
    display: Some(|mime, data| format!("import host; host.display(mime={}, data={})", literal(mime), literal(data))),
    nothing: &["", " ", "\n", "\r\n\t", "# a comment", "\n\n# a comment\n\n"],
    complete: &["1", "x = 1", "(1 +\n 2)", ""],
    incomplete: &["(1 +", "def f():", "x = '''a", "if 1:"],
    invalid: &["1 +* 2", ")", "x = 'a\n"],
    living: &[
        Living {
            what: "a closure",
            make: &[
                "def make():\n    n = 0\n    def tick():\n        nonlocal n\n        n += 1\n        return n\n    return tick\n",
                "tick = make()",
            ],
            step: "tick()",
            answers: ["1", "2", "3", "4"],
        },
        Living {
            what: "a generator half-way",
            make: &[
                "def squares():\n    n = 1\n    while True:\n        yield n * n\n        n += 1\n",
                "numbers = squares()",
            ],
            step: "next(numbers)",
            answers: ["1", "4", "9", "16"],
        },
        Living {
            what: "open iterators",
            make: &["pairs = zip(iter('abcd'), enumerate({'k': 1, 'l': 2, 'm': 3, 'n': 4}.items()))"],
            step: "next(pairs)",
            answers: ["('a', (0, ('k', 1)))", "('b', (1, ('l', 2)))", "('c', (2, ('m', 3)))", "('d', (3, ('n', 4)))"],
        },
        Living {
            what: "a coroutine that waits",
            make: &[
                "class Turn:\n    def __await__(self):\n        return (yield)\n",
                "async def sums():\n    total = 0\n    while True:\n        total += await Turn()\n        seen.append(total)\n",
                "seen = []\nsumming = sums()\nsumming.send(None)",
            ],
            step: "summing.send(5)\nseen[-1]",
            answers: ["5", "10", "15", "20"],
        },
        Living {
            what: "a random generator of its own",
            make: &["import random\ndice = random.Random(42)"],
            step: "dice.random()",
            answers: ["0.6394267984578837", "0.025010755222666936", "0.27502931836911926", "0.22321073814882275"],
        },
        Living {
            what: "a class hierarchy with slots and properties",
            make: &[
                "class Base:\n    __slots__ = ('n',)\n    def __init__(self): self.n = 1\n",
                "class Derived(Base):\n    @property\n    def doubled(self):\n        self.n *= 2\n        return self.n\n",
                "thing = Derived()",
            ],
            step: "thing.doubled",
            answers: ["2", "4", "8", "16"],
        },
        Living {
            what: "a regular expression's scanner",
            make: &["import re\nwords = re.compile(r'(\\w)\\w*').finditer('one two Three four')"],
            step: "next(words).group(1)",
            answers: ["'o'", "'t'", "'T'", "'f'"],
        },
        Living {
            what: "a file in memory",
            make: &["import io\nlines = io.StringIO('a\\nb\\nc\\nd\\n')"],
            step: "lines.readline()",
            answers: ["'a\\n'", "'b\\n'", "'c\\n'", "'d\\n'"],
        },
    ],
};

/// A text as the reader takes it.
fn literal(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '\'' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\U{:08x}", u32::from(c)),
        c => c.to_string(),
    });
    format!("'{}'", escaped.collect::<String>())
}
