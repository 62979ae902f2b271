//! The settings as they are given: text, from a source that is remembered.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::problem::{Origin, Problem};
use super::tenants::RawTenant;

/// A value as it was given. In the file it may be a text, a number or a truth value; each is taken as its text, so that
/// all three sources are read by the same rules.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "toml::Value")]
pub struct Text(pub String);

impl From<toml::Value> for Text {
    fn from(value: toml::Value) -> Self {
        match value {
            toml::Value::String(text) => Self(text),
            other => Self(other.to_string()),
        }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// One line of the table of settings.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    /// Its name in the file.
    pub(super) name: &'static str,
    /// What holds when nobody says.
    pub(super) default: &'static str,
    get: fn(&RawConfig) -> &Option<Text>,
}

macro_rules! settings {
    ($(#[doc = $title:literal] $(#[doc = $doc:literal])* $name:ident ($value:literal $(, $($arg:tt)+)?) = $default:literal;)+) => {
        /// What one source says: every setting may be absent.
        #[derive(Debug, Clone, PartialEq, Default, Deserialize, clap::Args)]
        pub struct RawConfig {
            /// Configuration file, in TOML; HOSTEL_CONFIG names one too
            #[arg(long, value_name = "FILE")]
            #[serde(skip)]
            pub config: Option<PathBuf>,
            $(
                #[doc = $title]
                $(#[doc = $doc])*
                #[doc = ""]
                #[doc = concat!("Default: `", $default, "`")]
                #[arg(
                    long,
                    value_name = $value,
                    help = help(concat!($title, " [default: ", $default, "]")),
                    long_help = help(concat!($title, $("\n", $doc,)* "\n\n[default: ", $default, "]"))
                    $(, $($arg)+)?
                )]
                pub $name: Option<Text>,
            )+
            /// Registers a guest from a component file, beside those in the file's table of guests; may be repeated
            #[arg(long = "guest", value_name = "NAME=FILE")]
            #[serde(skip)]
            pub guest_flags: Vec<String>,
            /// The file's `[guests]` table: name to component file.
            #[arg(skip)]
            #[serde(default)]
            pub guests: BTreeMap<String, Text>,
            /// The file's `[callbacks]` table: the function's name to a table.
            #[arg(skip)]
            #[serde(default)]
            pub(super) callbacks: BTreeMap<String, toml::Value>,
            /// The file's `[[tenants]]`.
            #[arg(skip)]
            #[serde(default)]
            pub(super) tenants: Vec<RawTenant>,
            /// What the file has beside these. Kept, where serde could refuse the first, to report them all.
            #[arg(skip)]
            #[serde(flatten)]
            pub(super) unknown: BTreeMap<String, toml::Value>,
        }

        /// The table of settings, by name.
        pub(super) mod setting {
            use super::Setting;
            $(
                pub(in super::super) const fn $name() -> Setting {
                    Setting { name: stringify!($name), default: $default, get: |raw| &raw.$name }
                }
            )+
        }

        /// All of them, in the order of the table.
        pub(super) const SETTINGS: &[Setting] = &[$(setting::$name()),+];

        impl RawConfig {
            /// What the environment says, by `HOSTEL_` variables. A variable that is no setting is let be: container
            /// platforms make up `HOSTEL_PORT` and the like for a service of our name.
            fn from_environment(read: impl Fn(&str) -> Option<String>) -> Self {
                Self {
                    config: read("HOSTEL_CONFIG").map(PathBuf::from),
                    $($name: read(&setting::$name().variable()).map(Text),)+
                    ..Self::default()
                }
            }
        }
    };
}

settings! {
    /// Address to listen on, as IP:PORT; port 0 takes a free one
    ///
    /// Loopback unless you say otherwise: what is behind it runs anybody's code.
    listen ("ADDRESS") = "127.0.0.1:3000";
    /// Listen beyond loopback although no tenant has a key
    ///
    /// Whoever reaches the address may then use every session.
    insecure ("BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true") = "false";
    /// Directory that holds everything that outlives the process
    ///
    /// Created when it is not there. Relative to the working directory, or to the configuration file's when set there;
    /// in plain sight by default, so that trying the program leaves nothing hidden.
    data ("DIR") = "hostel-data";
    /// Most live instances, 1 to 20000
    ///
    /// A live session answers in microseconds, a stored one in about a millisecond. Address space is reserved for as
    /// many when the program starts.
    max_live_sessions ("COUNT") = "1000";
    /// Memory that all live instances may take together, at least 64MiB
    ///
    /// Fixed, not a share of the machine: in a container the machine's memory is not what one may use.
    memory_budget ("SIZE") = "2GiB";
    /// Time without a command after which an instance is evicted, 10ms to 365d; 0 for never
    ///
    /// Ten minutes is a pause in typing; longer ones cost a restore.
    idle_timeout ("TIME") = "10m";
    /// Time that a command waits for room among the live instances, 0 to 5m
    ///
    /// Long enough for a burst to pass, shorter than clients' usual time-outs.
    admission_wait ("TIME") = "5s";
    /// Memory of a session, all its linear memories together, 64KiB to 3GiB
    ///
    /// Room for a large interpreter and its data; a session is charged for what it uses, not for this.
    session_memory ("SIZE") = "256MiB";
    /// Wall-clock time of a command, 1ms to 1h
    ///
    /// What a person waits for without wondering.
    command_timeout ("TIME") = "10s";
    /// Output of a command, 1B to 64MiB
    ///
    /// More than anybody reads; a reply is built in the host's memory.
    output_bytes_max ("SIZE") = "1MiB";
    /// Length of a command, 1B to 64MiB
    ///
    /// A large source file; a command is held in the host's memory.
    command_bytes_max ("SIZE") = "1MiB";
    /// Commands that may wait for one session, 1 to 10000
    ///
    /// They run one after the other; who is 65th waits too long to be glad of it.
    queue_length_max ("COUNT") = "64";
    /// Sessions that a tenant may have stored, 1 to 1000000000
    ///
    /// A brake on run-away clients: at some kilobytes each these are a few gigabytes.
    sessions_per_tenant_max ("COUNT") = "1000000";
    /// Bytes that a tenant's sessions may have stored together, 1MiB to 1PiB
    ///
    /// Over it, saved sessions give up their history, and the tenant gets no new sessions, forks, checkpoints or imports.
    /// Commands go on.
    storage_per_tenant_max ("SIZE") = "64GiB";
    /// Events that a session's history keeps, 1 to 1000000000; the oldest go first
    ///
    /// Days of work at a prompt; at some hundred bytes each these are a few megabytes.
    history_events_max ("COUNT") = "10000";
    /// Bytes that a session's history may take, 64KiB to 1TiB: events, and snapshots beside the newest two
    ///
    /// What is oldest goes first. The newest two snapshots are what the session itself is made of.
    history_bytes_max ("SIZE") = "64MiB";
    /// Checkpoints that a session may have, 0 to 1000
    ///
    /// Each keeps a snapshot, which counts as history.
    checkpoints_max ("COUNT") = "100";
    /// Size of an exported session, 1MiB to 4GiB
    ///
    /// It is held in the host's memory while it is made, sent or received, up to four of them at a time.
    transfer_bytes_max ("SIZE") = "256MiB";
    /// Functions that sessions may call: names, families such as kv.*, or * for all, with commas between
    ///
    /// What is granted is a way out of the sandbox, so nothing is unless you say so. A tenant's own `functions` counts
    /// instead, and a session may be created with fewer.
    functions ("NAMES") = "";
    /// Calls of functions and questions to the client that a command may make, 0 to 65536
    ///
    /// A program that asks more often does not need one answer more.
    calls_per_turn_max ("COUNT") = "1000";
    /// Bytes of a command's calls and their answers together, 1KiB to 64MiB
    ///
    /// They are recorded with the command.
    call_bytes_max ("SIZE") = "4MiB";
    /// Time for the answer to one call of a function, 1ms to 10m
    ///
    /// A model's long answer takes this long.
    call_timeout ("TIME") = "1m";
    /// Time that a command waits for all of its answers together, those of a person too, 1ms to 1h
    ///
    /// `command_timeout` does not count it. The session stays live meanwhile.
    turn_wait_max ("TIME") = "5m";
    /// Bytes that a session's functions kv.put and the like may keep, keys and values together, 0 to 64MiB
    ///
    /// For notes and settings, not for data.
    kv_bytes_max ("SIZE") = "1MiB";
    /// Base address of a model's interface as OpenAI has it, such as `https://api.example.com/v1`; with it there is infer
    ///
    /// The function `infer` posts to `/chat/completions` below it. Sessions have to be granted it.
    infer_url ("URL") = "";
    /// Key that is sent to infer_url, as a bearer token
    ///
    /// Other users of the machine can see flags: say it in the file or in the environment.
    infer_key ("KEY") = "";
    /// Model that is asked for at infer_url
    infer_model ("NAME") = "";
    /// Tokens that a session's calls of infer may use in all, prompts and answers, 0 to 1000000000000
    ///
    /// Counted as the provider counts them. What has been spent stays spent, also when its command was undone.
    infer_tokens_per_session ("COUNT") = "1000000";
    /// Tokens of one answer of infer, 1 to 10000000
    ///
    /// Some pages of text.
    infer_tokens_per_call_max ("COUNT") = "4096";
    /// Key that exported sessions are sealed with, 64 hexadecimal digits; without one that in the data directory
    ///
    /// A host imports what was sealed with its own key. Without a key it makes one on first use and keeps it in the
    /// file archive.key of its data directory. Other users of the machine can see flags: say it in the file or in the
    /// environment.
    archive_key ("KEY") = "";
    /// Hash of the key that operators prove themselves with: "blake3:" and 64 hexadecimal digits
    ///
    /// Operators register, choose and remove guests over HTTP. `hostel key --admin` makes a key; it opens no sessions.
    /// Without one nobody may, but everybody on an open host that listens on loopback.
    admin_key ("HASH") = "";
    /// Guest of sessions that name none
    ///
    /// The built-in Lisp, which needs no file. An operator may choose another at run time (`hostel guests default`), which
    /// holds until this setting says something else than it did then.
    default_guest ("NAME") = "omega";
    /// When a command counts as recorded: process (survives a crash of the program) or power (also of the machine)
    ///
    /// `power` waits for the disk with every command.
    durability ("LEVEL") = "process";
    /// Time from connecting to the end of the first request's head, 10ms to 10m
    ///
    /// A head is one packet; whoever takes longer holds a connection for nothing.
    header_timeout ("TIME") = "10s";
    /// Time for receiving an answer and sending the next request on the same connection, 10ms to 1h
    ///
    /// Longer than clients and proxies usually keep idle connections, so that they are the ones to close them.
    keep_alive ("TIME") = "75s";
    /// Time for a request's body, 10ms to 10m
    ///
    /// The longest command, over a slow line.
    body_timeout ("TIME") = "30s";
    /// Most HTTP connections, 1 to 1000000; more wait to be accepted
    ///
    /// Each takes a file descriptor: raise `ulimit -n` along with it.
    connections_max ("COUNT") = "10000";
    /// Bytes of long answers that wait for their clients to read them, 16MiB to 64GiB
    ///
    /// Over it the tenant that has most of them loses its oldest: that connection breaks. Room for a hundred of the longest
    /// by default; memory beside the budget of live instances.
    unread_answers_max ("SIZE") = "256MiB";
    /// Time for requests in flight when the program is told to stop, 0 to 1h
    ///
    /// Over `command_timeout`, so that running commands end in time.
    shutdown_grace ("TIME") = "30s";
    /// How log records look: text or json
    log_format ("FORMAT") = "text";
    /// Which log records: a level, or directives such as info,hostel=debug
    log ("FILTER") = "info,fjall=warn,lsm_tree=warn";
}

impl Setting {
    pub(super) fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }

    pub(super) fn variable(&self) -> String {
        format!("HOSTEL_{}", self.name.to_ascii_uppercase())
    }
}

/// The sources, the strongest first.
pub(super) struct Layers {
    flags: RawConfig,
    environment: RawConfig,
    /// The file and its path.
    pub(super) file: Option<(PathBuf, RawConfig)>,
}

impl Layers {
    /// Reads all sources. A file that can't be read is a problem, and as if absent.
    pub(super) fn gather(flags: RawConfig, read: impl Fn(&str) -> Option<String>) -> (Self, Vec<Problem>) {
        let environment = RawConfig::from_environment(read);
        let path = flags.config.clone().or_else(|| environment.config.clone());
        let (file, problem) = match path.map(|path| (read_file(&path), path)) {
            None => (None, None),
            Some((Ok(raw), path)) => (Some((path, raw)), None),
            Some((Err(message), path)) => {
                let origin = Origin::File(path);
                (None, Some(Problem { setting: String::new(), value: String::new(), origin, message }))
            }
        };
        (Self { flags, environment, file }, problem.into_iter().collect())
    }

    /// A setting's value and where it comes from.
    pub(super) fn value(&self, setting: Setting) -> (&str, Origin) {
        let given = |raw: &'_ RawConfig| (setting.get)(raw).is_some();
        let (raw, origin) = match &self.file {
            _ if given(&self.flags) => (&self.flags, Origin::Flag(setting.flag())),
            _ if given(&self.environment) => (&self.environment, Origin::Environment(setting.variable())),
            Some((path, file)) if given(file) => (file, Origin::File(path.clone())),
            _ => return (setting.default, Origin::Default),
        };
        ((setting.get)(raw).as_ref().map_or(setting.default, |text| &text.0), origin)
    }

    /// The guests' names and files as given, the weakest first.
    pub(super) fn guests(&self) -> impl Iterator<Item = (Origin, &str, &str)> {
        let file = self.file.iter().flat_map(|(path, raw)| {
            raw.guests.iter().map(|(name, file)| (Origin::File(path.clone()), name.as_str(), file.0.as_str()))
        });
        let flags = self.flags.guest_flags.iter().map(|flag| {
            let (name, file) = flag.split_once('=').unwrap_or((flag, ""));
            (Origin::Flag("--guest".to_owned()), name, file)
        });
        file.chain(flags)
    }
}

/// A doc comment's text as help: its lines begin with the blank that follows the slashes.
fn help(text: &str) -> String {
    text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n")
}

fn read_file(path: &std::path::Path) -> Result<RawConfig, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("can't be read: {error}"))?;
    toml::from_str(&text).map_err(|error| {
        // Without the line itself, which the error would show: it may be one with a key.
        let line = error.span().map(|span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
        let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        format!("{place}{}", error.message())
    })
}
