//! Documents, sources and built guests agree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the repository")
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn built_guests_are_in_step_with_their_sources() {
    for guest in componentize::GUESTS {
        componentize::check(guest, root()).expect("run `cargo run -p componentize` and commit what it writes");
    }
}

/// Who may use whom: the drawing in ARCHITECTURE.md, level by level from the top.
const LEVELS: &[&[&str]] = &[
    &["cli"],
    &["api"],
    &["host"],
    &["session"],
    &["guest", "pool"],
    &["instance"],
    &["memory"],
    &["archive", "functions"],
    &["snapshot", "journal", "metrics"],
    &["config"],
    &["tenant", "store"],
    &["name", "input"],
];

#[test]
fn arrows_point_down_only() {
    let level: BTreeMap<_, _> =
        LEVELS.iter().enumerate().flat_map(|(n, names)| names.iter().map(move |name| (*name, n))).collect();
    let host = root().join("host/src");
    for file in sources(&host) {
        let relative = file.strip_prefix(&host).expect("it is below").to_owned();
        let module = relative.components().next().and_then(|part| part.as_os_str().to_str()).expect("a name");
        let module = module.trim_end_matches(".rs");
        let Some(own) = level.get(module) else { continue };
        let text = std::fs::read_to_string(&file).expect("a source");
        if relative.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let text = code.collect::<Vec<_>>().join("\n");
        for used in text.split("crate::").skip(1) {
            let used = used.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
            if let Some(theirs) = level.get(used)
                && used != module
            {
                assert!(theirs > own, "{} uses {used}, which is not below {module}", relative.display());
            }
        }
    }
}

#[test]
fn only_the_instance_module_knows_wasmtime() {
    let host = root().join("host/src");
    for file in sources(&host) {
        let relative = file.strip_prefix(&host).expect("it is below").display().to_string();
        if relative.starts_with("instance") {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("a source");
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            assert!(!line.contains("wasmtime::") && !line.contains("wasmtime_wasi::"), "{relative}: {line}");
        }
    }
}

#[test]
fn every_promise_names_a_test_that_is_there() {
    let specification = std::fs::read_to_string(root().join("SPECIFICATION.md")).expect("the specification");
    let mut tests = String::new();
    for directory in ["host/src", "tests/src", "guest-repl/src", "guest-repl/tests"] {
        for file in sources(&root().join(directory)) {
            tests.push_str(&std::fs::read_to_string(file).expect("a source"));
        }
    }
    let named: Vec<_> =
        specification.split('`').skip(1).step_by(2).filter(|word| word.matches('_').count() > 3).collect();
    assert!(named.len() > 20, "promises name their tests");
    for name in named {
        assert!(tests.contains(&format!("fn {name}(")), "no test is called {name}");
    }
}

/// The names that stand behind two dashes in a text.
fn flags(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split("--").skip(1);
    names.filter_map(|rest| {
        rest.split(|c: char| !(c.is_ascii_lowercase() || c == '-')).next().filter(|name| name.len() > 2)
    })
}

#[test]
fn every_setting_is_documented() {
    let pages = ["README.md", "docs/configuration.md", "docs/functions.md", "docs/guests.md", "docs/http.md"];
    let read = |page: &str| std::fs::read_to_string(root().join(page)).expect("a page");
    let documented: String = pages.into_iter().map(read).collect();
    let help = |arguments: &[&str]| {
        let out = crate::harness::program().args(arguments).arg("--help").output().expect("it runs");
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    for flag in flags(&help(&["serve"])).filter(|flag| *flag != "help") {
        assert!(documented.contains(&format!("--{flag}")), "the program has --{flag}, the documents have not");
    }
    let commands = |help: &str| -> Vec<String> {
        let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()));
        names.map(str::to_owned).collect()
    };
    let mut known = String::new();
    for command in commands(&help(&[])) {
        let own = help(&[&command]);
        for part in commands(&own).iter().filter(|_| command != "help") {
            known += &help(&[&command, part]);
        }
        known += &own;
    }
    // Those of cargo, curl and the load tool.
    let others = ["release", "workspace", "json", "check", "bench", "example", "body"];
    for flag in flags(&documented).filter(|flag| !others.contains(flag)) {
        assert!(known.contains(&format!("--{flag}")), "the documents have --{flag}, the program has not");
    }
}
