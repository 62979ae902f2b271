//! The routes under `/api/sessions` that are about sessions whole.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use super::extract::{Options, Parameters, Session, Tenant, list_length};
use super::history::target;
use super::problem::Problem;
use super::{Shared, body};
use crate::instance::Completeness;
use crate::name::{CheckpointName, Grants, GuestRef, SessionName};
use crate::session::{
    CreateOptions, ForkOptions, InterruptReport, Interruption, ListQuery, SaveReport, SessionMetadata,
};
use crate::store::{Durability, LimitOverrides};

/// The most sessions of one fork: as many as a list shows at once.
const FORKS_MAX: usize = 1_000;

// === GET /api/sessions ===

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    #[serde(default)]
    prefix: String,
    after: Option<SessionName>,
    limit: Option<usize>,
}

/// A page of sessions.
#[derive(Serialize)]
pub(super) struct ListAnswer {
    sessions: Vec<SessionMetadata>,
    /// What to give as `after` for the next page; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<SessionName>,
}

/// Lists the tenant's sessions by name.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Parameters(ListParameters { prefix, after, limit }): Parameters<ListParameters>,
) -> Result<Json<ListAnswer>, Problem> {
    let limit = list_length(limit)?;
    let sessions = shared.manager.list(&tenant, ListQuery { prefix, after, limit }).await?;
    let full = sessions.len() == limit;
    let next = sessions.last().filter(|_| full).map(|last| last.name.clone());
    Ok(Json(ListAnswer { sessions, next }))
}

// === /api/sessions/{name} ===

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetadataParameters {
    size: Option<SizeParameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum SizeParameter {
    Detail,
}

/// What a session tells of itself.
pub(super) async fn metadata(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Parameters(MetadataParameters { size }): Parameters<MetadataParameters>,
) -> Result<Json<SessionMetadata>, Problem> {
    Ok(Json(shared.manager.metadata(&tenant, &name, size.is_some()).await?))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    guest: Option<GuestRef>,
    #[serde(default)]
    limits: LimitOverrides,
    durability: Option<Durability>,
    functions: Option<Grants>,
}

/// Creates a session, or confirms that it is there as asked.
pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Options(Create { guest, limits, durability, functions }): Options<Create>,
) -> Result<(StatusCode, Json<SessionMetadata>), Problem> {
    let options = CreateOptions { guest, limits, durability, functions };
    let (metadata, created) = shared.manager.create(&tenant, &name, options).await?;
    Ok((if created { StatusCode::CREATED } else { StatusCode::OK }, Json(metadata)))
}

/// Removes a session with all it has stored.
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
) -> Result<StatusCode, Problem> {
    shared.manager.delete(&tenant, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

// === POST /api/sessions/{name}/complete ===

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Complete {
    input: String,
}

/// Whether an input is a whole command.
#[derive(Serialize)]
pub(super) struct CompleteAnswer {
    status: &'static str,
}

/// Asks the session's guest, and leaves the session alone.
pub(super) async fn complete(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    request: Request,
) -> Result<Json<CompleteAnswer>, Problem> {
    body::expect_json(request.headers())?;
    // An input may be as long as a command.
    let limit = ("command_bytes_max", shared.execute_body_bytes_max);
    let bytes = body::read_within(request.into_body(), limit, shared.body_timeout).await?;
    let Complete { input } = body::parse(&bytes)?;
    let status = match shared.manager.complete(&tenant, &name, &input).await {
        Ok(Completeness::Complete) => "complete",
        Ok(Completeness::Incomplete) => "incomplete",
        Ok(Completeness::Invalid) => "invalid",
        Err(error) => return Err(Problem::from(error).untouched()),
    };
    Ok(Json(CompleteAnswer { status }))
}

// === POST /api/sessions/{name}/save ===

/// Writes a session's snapshot now.
pub(super) async fn save(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
) -> Result<Json<SaveReport>, Problem> {
    Ok(Json(shared.manager.save(&tenant, &name).await?))
}

// === POST /api/sessions/{name}/interrupt ===

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Interrupt {
    turn: Option<String>,
    #[serde(default)]
    queued: bool,
}

/// Stops the command that runs, and those that wait where asked for.
pub(super) async fn interrupt(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Options(Interrupt { turn, queued }): Options<Interrupt>,
) -> Result<Json<InterruptReport>, Problem> {
    let interruption = Interruption { turn: turn.map(Into::into), queued };
    Ok(Json(shared.manager.interrupt(&tenant, &name, &interruption)?))
}

// === POST /api/sessions/{name}/fork ===

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Fork {
    name: Option<SessionName>,
    names: Option<Vec<SessionName>>,
    event: Option<u64>,
    checkpoint: Option<CheckpointName>,
}

impl Fork {
    fn options(self) -> Result<ForkOptions, Problem> {
        let names = match (self.name, self.names) {
            (Some(name), None) => vec![name],
            (None, Some(names)) if (1..=FORKS_MAX).contains(&names.len()) => names,
            (None, Some(names)) => return Err(Problem::names_out_of_range(names.len(), FORKS_MAX)),
            _ => return Err(Problem::invalid_body("expected either `name` or `names`, of the sessions to make")),
        };
        Ok(ForkOptions { names, from: target(self.event, self.checkpoint)? })
    }
}

/// The new sessions, in the order of their names in the request.
#[derive(Serialize)]
pub(super) struct ForkAnswer {
    sessions: Vec<SessionMetadata>,
}

/// Makes sessions that have the state and the history of this one.
pub(super) async fn fork(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Options(fork): Options<Fork>,
) -> Result<(StatusCode, Json<ForkAnswer>), Problem> {
    let sessions = shared.manager.fork(&tenant, &name, fork.options()?).await?;
    Ok((StatusCode::CREATED, Json(ForkAnswer { sessions })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Target;

    fn options(json: &str) -> Result<ForkOptions, String> {
        let fork: Fork = serde_json::from_str(json).map_err(|error| error.to_string())?;
        fork.options().map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn a_fork_names_its_sessions_one_way_or_the_other() {
        let one = options(r#"{"name": "b"}"#).unwrap();
        assert_eq!((one.names.len(), one.from), (1, None));
        let two = options(r#"{"names": ["b", "c"], "event": 0}"#).unwrap();
        assert_eq!((two.names[1].as_str(), two.from), ("c", Some(Target::Event(0))));
        let noon = Some(Target::Checkpoint(CheckpointName::new("noon").unwrap()));
        assert_eq!(options(r#"{"name": "b", "checkpoint": "noon"}"#).unwrap().from, noon);
        for (json, words) in [
            ("{}", "either `name` or `names`"),
            (r#"{"name": "b", "names": ["c"]}"#, "either `name` or `names`"),
            (r#"{"names": []}"#, "these are 0 names"),
            (r#"{"name": "a b"}"#, "' ' is not allowed"),
            (r#"{"name": "b", "event": 1, "checkpoint": "noon"}"#, "not both"),
            (r#"{"name": "b", "from": 1}"#, "unknown field `from`"),
        ] {
            let problem = options(json).unwrap_err();
            assert!(problem.contains(words), "{json}: {problem}");
        }
    }

    #[test]
    fn a_fork_makes_at_most_a_thousand_sessions() {
        let names = |count: usize| {
            let names: Vec<_> = (0..count).map(|n| format!("s{n}")).collect();
            options(&serde_json::json!({ "names": names }).to_string())
        };
        assert_eq!(names(1_000).unwrap().names.len(), 1_000);
        assert!(names(1_001).unwrap_err().contains("1 to 1000 sessions"));
    }
}
