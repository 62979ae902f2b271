use std::collections::BTreeMap;

use super::raw::{SETTINGS, Text};
use super::*;

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hostel.toml");
    std::fs::write(&path, text).unwrap();
    (directory, path)
}

fn resolve(flags: RawConfig, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let environment: BTreeMap<_, _> = environment.iter().copied().collect();
    Config::resolve_with(flags, |variable| environment.get(variable).map(|value| (*value).to_owned()))
}

fn text(value: &str) -> Option<Text> {
    Some(Text(value.to_owned()))
}

#[test]
fn every_default_is_valid() {
    let config = Config::default();
    assert_eq!(config.listen, "127.0.0.1:3000".parse().unwrap());
    assert_eq!(config.pool.live_sessions_max, 1000);
    assert_eq!(config.pool.memory_budget_bytes, 2 << 30);
    assert_eq!(config.pool.idle_timeout, Some(Duration::from_secs(600)));
    assert_eq!(config.limits.session_memory_bytes, 256 << 20);
    assert_eq!((config.limits.history_events_max, config.limits.history_bytes_max), (10_000, 64 << 20));
    assert_eq!((config.limits.checkpoints_max, config.limits.transfer_bytes_max), (100, 256 << 20));
    assert_eq!(config.archive_key, None);
    assert_eq!(config.guests.default.as_str(), "omega");
    assert_eq!((config.durability, config.log.format), (Durability::Process, LogFormat::Text));
    assert!(config.tenants.is_empty());
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let (_kept, path) =
        file("command_timeout = '1s'\nidle_timeout = '1m'\nadmission_wait = '1s'\nmax_live_sessions = 7");
    let flags = RawConfig { config: Some(path), command_timeout: text("3s"), ..RawConfig::default() };
    let config = resolve(flags, &[("HOSTEL_COMMAND_TIMEOUT", "2s"), ("HOSTEL_IDLE_TIMEOUT", "0")]).unwrap();

    assert_eq!(config.limits.command_timeout, Duration::from_secs(3));
    assert_eq!(config.pool.idle_timeout, None);
    assert_eq!(config.pool.admission_wait, Duration::from_secs(1));
    assert_eq!(config.pool.live_sessions_max, 7);
    assert_eq!(config.http, Config::default().http);
}

#[test]
fn all_problems_of_all_sources_are_reported_together() {
    let toml = "memory_budget = 1\nmax_live_session = 5\nlog_format = ['x']\n[guests]\n'a b' = 'x.wasm'\n\
                [[tenants]]\nname = 'acme'\nkeys = ['secret']\nsessions = 1";
    let (_kept, path) = file(toml);
    let flags = RawConfig { config: Some(path), command_timeout: text("10"), ..RawConfig::default() };
    let error = resolve(flags, &[("HOSTEL_LISTEN", "localhost:1"), ("HOSTEL_INSECURE", "yes")]).unwrap_err();

    let report = error.to_string();
    for part in [
        "9 problems",
        "memory_budget = \"1\" (file ",
        "must be between 64MiB and 64TiB",
        "max_live_session = \"5\"",
        "did you mean max_live_sessions?",
        "log_format = \"[\\\"x\\\"]\"",
        "guests.a b = \"x.wasm\"",
        "tenants.acme.keys (file ",
        "tenants.acme.sessions (file",
        "command_timeout = \"10\" (--command-timeout): expected a duration",
        "listen = \"localhost:1\" (environment variable HOSTEL_LISTEN): expected an IP address",
        "insecure = \"yes\" (environment variable HOSTEL_INSECURE): expected true or false",
    ] {
        assert!(report.contains(part), "{part:?} is not in:\n{report}");
    }
    assert!(!report.contains("secret"), "{report}");
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_with_its_place() {
    let (_kept, path) = file("listen = '127.0.0.1:1'\nlisten = ");
    let missing = path.with_file_name("missing.toml");
    for (path, message) in [(path, "line 2"), (missing, "can't be read")] {
        let error = resolve(RawConfig::default(), &[("HOSTEL_CONFIG", path.to_str().unwrap())]).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn an_open_tenant_is_served_beyond_loopback_only_when_told_so() {
    for (listen, insecure, fine) in [
        ("0.0.0.0:0", "false", false),
        ("[::]:80", "false", false),
        ("192.168.0.1:80", "true", true),
        ("127.9.9.9:80", "false", true),
        ("[::1]:80", "false", true),
    ] {
        let flags = RawConfig { listen: text(listen), insecure: text(insecure), ..RawConfig::default() };
        assert_eq!(resolve(flags, &[]).is_ok(), fine, "{listen}");
    }
}

#[test]
fn tenants_have_keys_and_the_limits_of_the_host_unless_they_have_their_own() {
    let hash = |key: &str| KeyHash::of(key.as_bytes());
    let toml = format!(
        "listen = '0.0.0.0:0'\nhistory_events_max = 7\n\
         [[tenants]]\nname = 'acme'\nkeys = ['{}', '{}']\nsession_memory = '1MiB'\n\
         history_events_max = 8\nhistory_bytes_max = '1MiB'\ndurability = 'power'\n\
         [[tenants]]\nname = 'bob'\nkeys = ['{}']",
        hash("1"),
        hash("2"),
        hash("3")
    );
    let (_kept, path) = file(&toml);
    let config = resolve(RawConfig { config: Some(path), ..RawConfig::default() }, &[]).unwrap();

    let limits = |name: &str| config.tenant_limits(&TenantName::new(name).unwrap());
    assert_eq!(config.tenants[0].keys, [hash("1"), hash("2")]);
    assert_eq!(limits("acme").session_memory_bytes, 1 << 20);
    assert_eq!(limits("acme").sessions_max, config.limits.sessions_per_tenant_max);
    assert_eq!(limits("bob").session_memory_bytes, config.limits.session_memory_bytes);
    let history =
        |name: &str| (limits(name).history_events_max, limits(name).history_bytes_max, limits(name).durability);
    assert_eq!(history("acme"), (8, 1 << 20, Durability::Power));
    assert_eq!(history("bob"), (7, 64 << 20, Durability::Process));
    assert_eq!(history("nobody"), history("bob"));
}

#[test]
fn limits_of_the_history_are_held_to_their_ranges_for_host_and_tenant() {
    let hash = KeyHash::of(b"1");
    let (_kept, path) = file(&format!(
        "history_events_max = 0\nhistory_bytes_max = '63KiB'\ncheckpoints_max = 1001\ntransfer_bytes_max = '5GiB'\n\
         [[tenants]]\nname = 'a'\nkeys = ['{hash}']\nhistory_events_max = 0\nhistory_bytes_max = 1\ndurability = 'disk'"
    ));
    let report = resolve(RawConfig { config: Some(path), ..RawConfig::default() }, &[]).unwrap_err().to_string();
    for part in [
        "7 problems",
        "\n  history_events_max = \"0\"",
        "must be between 1 and 1000000000",
        "\n  history_bytes_max = \"63KiB\"",
        "must be between 64KiB and 1TiB",
        "checkpoints_max = \"1001\"",
        "must be between 0 and 1000",
        "transfer_bytes_max = \"5GiB\"",
        "must be between 1MiB and 4GiB",
        "tenants.a.history_events_max = \"0\"",
        "tenants.a.history_bytes_max = \"1\"",
        "tenants.a.durability = \"disk\"",
    ] {
        assert!(report.contains(part), "{part:?} is not in:\n{report}");
    }
}

#[test]
fn the_archive_key_is_read_from_anywhere_and_shown_nowhere() {
    let key = "0123456789abcdef".repeat(4);
    let (_kept, path) = file(&format!("archive_key = '{key}'"));
    let by_file = resolve(RawConfig { config: Some(path), ..RawConfig::default() }, &[]).unwrap();
    let by_environment = resolve(RawConfig::default(), &[("HOSTEL_ARCHIVE_KEY", &key)]).unwrap();
    for config in [&by_file, &by_environment] {
        assert_eq!(config.archive_key.as_ref().map(|key| key.reveal()[..2].to_vec()), Some(vec![0x01, 0x23]));
        let printed = format!("{config:#?}");
        assert!(printed.contains("Secret(…)") && !printed.contains("0123"), "{printed}");
    }

    let wrong = resolve(RawConfig::default(), &[("HOSTEL_ARCHIVE_KEY", &key[1..])]).unwrap_err().to_string();
    assert!(wrong.contains("archive_key") && wrong.contains("64 hexadecimal digits"), "{wrong}");
    assert!(!wrong.contains("abcdef"), "{wrong}");
}

#[test]
fn configured_functions_are_read_and_show_no_secrets() {
    let (hex, key) = ("0123456789abcdef".repeat(4), "sk-0123456789");
    let webhook = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let (_kept, path) = file(&format!(
        "infer_url = 'https://api.example.com/v1'\ninfer_key = '{key}'\ninfer_model = 'small'\n\
         infer_tokens_per_session = 5\n[callbacks.weather]\nurl = 'http://h/w?token=0123'\nsecret = '{hex}'\n\
         [callbacks.'tools.web']\nurl = 'https://h/'\nsecret = '{webhook}'"
    ));
    let config = resolve(RawConfig { config: Some(path), ..RawConfig::default() }, &[]).unwrap();
    let infer = config.infer.as_ref().unwrap();
    assert_eq!((infer.model.as_str(), infer.tokens_per_session, infer.tokens_per_call_max), ("small", 5, 4096));
    assert_eq!(infer.key.as_ref().map(SecretText::reveal), Some(key));
    let names: Vec<_> = config.callbacks.iter().map(|callback| callback.name.as_str()).collect();
    assert_eq!(names, ["tools.web", "weather"]);
    assert_eq!(config.callbacks[0].secret.reveal()[..3], [0, 1, 2]);
    let printed = format!("{config:#?}");
    for secret in ["0123", "AAEC", "sk-"] {
        assert!(!printed.contains(secret), "{secret} is in {printed}");
    }
}

#[test]
fn what_is_wrong_with_configured_functions_is_told_without_secrets() {
    let secret = "0123456789abcdef".repeat(4);
    let (_kept, path) = file(&format!(
        "infer_url = 'http://h/'\ninfer_key = 'two words'\ninfer_keys = 'two words'\n[callbacks]\na = 'two words'\n\
         [callbacks.infer]\nurl = 'http://h/'\nsecret = '{secret}'\n[callbacks.'kv.get']\nurl = 'http://h/'\n\
         secret = '{secret}'\n[callbacks.b]\nurl = 'ftp://h/'\nsecret = 'two words'\n\
         [callbacks.c.d]\nurl = 'http://two:words@h/'\n[callbacks.e]\nurl = 'http://two:words@h/'\nsecret = '{secret}'"
    ));
    let report = resolve(RawConfig { config: Some(path), ..RawConfig::default() }, &[]).unwrap_err().to_string();
    for part in [
        "infer_key (file ",
        "infer_model (the default)",
        "infer_keys (file ",
        "callbacks.a (file ",
        "callbacks.infer (file ",
        "callbacks.kv.get (file ",
        "callbacks.b.url (file ",
        "callbacks.b.secret (file ",
        "callbacks.c.d (file ",
        "callbacks.c.url (file ",
        "callbacks.c.secret (file ",
        "a user or a password is not taken",
    ] {
        assert!(report.contains(part), "{part:?} is not in:\n{report}");
    }
    assert!(!report.contains("two") && !report.contains("0123"), "{report}");

    let (_kept, path) = file("listen = '127.0.0.1:1'\ninfer_key = 'two words");
    let report = resolve(RawConfig { config: Some(path), ..RawConfig::default() }, &[]).unwrap_err().to_string();
    assert!(report.contains("line 2: ") && !report.contains("two"), "{report}");
}

#[test]
fn a_name_or_a_key_of_two_tenants_is_refused() {
    let hash = KeyHash::of(b"1");
    let (_kept, path) = file(&format!(
        "[[tenants]]\nname = 'a'\nkeys = ['{hash}']\n[[tenants]]\nname = 'a'\nkeys = ['{hash}']\n[[tenants]]\nname = 'b'"
    ));
    let report = resolve(RawConfig { config: Some(path), ..RawConfig::default() }, &[]).unwrap_err().to_string();
    for part in ["another tenant of that name", "given twice", "a tenant needs a key"] {
        assert!(report.contains(part), "{report}");
    }
}

#[test]
fn paths_in_the_file_are_relative_to_it() {
    let (directory, path) = file("data = 'd'\n[guests]\njs = 'g/js.wasm'\npy = '/py.wasm'");
    let flags = RawConfig { config: Some(path), guest_flags: vec!["js=other.wasm".to_owned()], ..RawConfig::default() };
    let config = resolve(flags, &[]).unwrap();

    let files: Vec<_> = config.guests.files.iter().map(|(name, file)| (name.as_str(), file.clone())).collect();
    assert_eq!(config.data, directory.path().join("d"));
    assert_eq!(files, [("js", PathBuf::from("other.wasm")), ("py", PathBuf::from("/py.wasm"))]);
}

#[test]
fn every_setting_is_a_flag_whose_help_tells_its_default() {
    let command = <RawConfig as clap::Args>::augment_args(clap::Command::new("hostel"));
    for setting in SETTINGS {
        let flag = command.get_arguments().find(|flag| flag.get_long() == Some(&setting.flag()[2..]));
        let help = flag.and_then(|flag| flag.get_long_help()).map(ToString::to_string).unwrap_or_default();
        assert!(help.contains(&format!("[default: {}]", setting.default)), "{}: {help}", setting.name);
    }
}

#[test]
fn what_holds_is_written_as_a_file_that_means_the_same() {
    let hash = format!("blake3:{}", "1".repeat(64));
    let toml = format!(
        "memory_budget = '1GiB'\nfunctions = 'kv.*, infer'\ninfer_url = 'http://127.0.0.1:1/v1'\ninfer_model = 'small'\n\
         [guests]\npython = 'some \"where\"/python.wasm'\n\
         [[tenants]]\nname = 'acme'\nkeys = ['{hash}']\nstorage_max = '3MiB'\nfunctions = ['kv.get', 'web.*']\n\
         [[tenants]]\nname = 'b'\nkeys = ['{}']\ndurability = 'power'\nfunctions = []\n",
        hash.replace('1', "2")
    );
    let (_kept, path) = file(&toml);
    let flags = RawConfig { config: Some(path), command_timeout: text("90s"), ..RawConfig::default() };
    let environment = |variable: &str| (variable == "HOSTEL_LISTEN").then(|| "127.0.0.1:0".to_owned());
    let written = Config::written_with(flags.clone(), environment).unwrap();
    assert!(written.contains("command_timeout = \"90s\"  # --command-timeout\n"), "{written}");
    assert!(written.contains("listen = \"127.0.0.1:0\"  # environment variable HOSTEL_LISTEN\n"), "{written}");
    assert!(written.contains("keep_alive = \"75s\"  # the default\n"), "{written}");

    let (_again, path) = file(&written);
    let again = resolve(RawConfig { config: Some(path), ..RawConfig::default() }, &[]).unwrap();
    let config = Config::resolve_with(flags, environment).unwrap();
    assert_eq!(again, Config { data: std::path::absolute(&config.data).unwrap(), ..config });
}

#[test]
fn what_holds_is_written_without_secrets() {
    let toml = "infer_url = 'http://127.0.0.1:1/v1?token=hush'\ninfer_model = 'small'\ninfer_key = 'hush'\n\
                [callbacks.a]\nurl = 'http://127.0.0.1:1/?hush'\nsecret = 'whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNoaHVzaGh1c2g='\n";
    let (_kept, path) = file(toml);
    let flags = RawConfig { config: Some(path), archive_key: text(&"5e".repeat(32)), ..RawConfig::default() };
    let written = Config::written_with(flags, |_| None).unwrap();
    for secret in ["hush", "aHVz", "5e5e"] {
        assert!(!written.contains(secret), "{written}");
    }
    assert!(written.contains("# archive_key is set and not shown  # --archive-key\n"), "{written}");
    assert!(written.contains("# infer_url = \"http://127.0.0.1:1/v1?…\"  # file"), "{written}");
    assert!(written.contains("[callbacks.\"a\"]\n# url = \"http://127.0.0.1:1/?…\"\n# secret is set"), "{written}");
}
