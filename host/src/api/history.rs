//! A session's history: its events and checkpoints, going back and forth in it, and how it differs from another's.

use std::num::NonZeroU64;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use super::Shared;
use super::extract::{EventNumber, Options, Parameters, Part, Session, Tenant, list_length};
use super::problem::Problem;
use crate::name::{CheckpointName, SessionName};
use crate::session::{
    CheckpointInfo, EventDetail, EventOutcome, EventPage, EventQuery, HistoryDiff, JumpReport, Target,
};

// === GET /api/sessions/{name}/events ===

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventParameters {
    after: Option<u64>,
    before: Option<u64>,
    limit: Option<usize>,
    #[serde(default)]
    order: Order,
    undone: Option<bool>,
    outcome: Option<EventOutcome>,
    contains: Option<String>,
}

#[derive(Deserialize, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Order {
    #[default]
    Oldest,
    Newest,
}

impl EventParameters {
    fn query(self) -> Result<EventQuery, Problem> {
        Ok(EventQuery {
            after: self.after,
            before: self.before,
            newest_first: self.order == Order::Newest,
            limit: list_length(self.limit)?,
            undone: self.undone,
            outcome: self.outcome,
            // Every command has the empty text in it.
            contains: self.contains.filter(|text| !text.is_empty()),
        })
    }
}

/// A page of a session's events.
pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Parameters(parameters): Parameters<EventParameters>,
) -> Result<Json<EventPage>, Problem> {
    Ok(Json(shared.manager.events(&tenant, &name, &parameters.query()?).await?))
}

/// One event, with what it answered.
pub(super) async fn event(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Part(name, EventNumber(number)): Part<EventNumber>,
) -> Result<Json<EventDetail>, Problem> {
    Ok(Json(shared.manager.event(&tenant, &name, number).await?))
}

// === /api/sessions/{name}/checkpoints ===

/// A session's checkpoints.
#[derive(Serialize)]
pub(super) struct CheckpointsAnswer {
    checkpoints: Vec<CheckpointInfo>,
}

/// Lists them by name.
pub(super) async fn checkpoints(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
) -> Result<Json<CheckpointsAnswer>, Problem> {
    let checkpoints = shared.manager.checkpoints(&tenant, &name).await?;
    Ok(Json(CheckpointsAnswer { checkpoints }))
}

/// There are no options. A body that has one is told so.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct NoOptions {}

/// Makes a checkpoint of the present event, or confirms that it is there.
pub(super) async fn make_checkpoint(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Part(name, checkpoint): Part<CheckpointName>,
    Options(NoOptions {}): Options<NoOptions>,
) -> Result<(StatusCode, Json<CheckpointInfo>), Problem> {
    let (info, created) = shared.manager.checkpoint(&tenant, &name, &checkpoint).await?;
    Ok((if created { StatusCode::CREATED } else { StatusCode::OK }, Json(info)))
}

/// Removes a checkpoint. The event stays.
pub(super) async fn delete_checkpoint(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Part(name, checkpoint): Part<CheckpointName>,
) -> Result<StatusCode, Problem> {
    shared.manager.delete_checkpoint(&tenant, &name, &checkpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}

// === POST /api/sessions/{name}/jump, undo, redo ===

/// The one place that a body names, if any.
pub(super) fn target(event: Option<u64>, checkpoint: Option<CheckpointName>) -> Result<Option<Target>, Problem> {
    match (event, checkpoint) {
        (None, None) => Ok(None),
        (Some(event), None) => Ok(Some(Target::Event(event))),
        (None, Some(checkpoint)) => Ok(Some(Target::Checkpoint(checkpoint))),
        (Some(_), Some(_)) => Err(Problem::invalid_body("expected either `event` or `checkpoint`, not both")),
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Jump {
    event: Option<u64>,
    checkpoint: Option<CheckpointName>,
}

impl Jump {
    fn target(self) -> Result<Target, Problem> {
        let target = target(self.event, self.checkpoint)?;
        target.ok_or_else(|| Problem::invalid_body("expected `event`, a number, or `checkpoint`, a name"))
    }
}

/// Goes to an event.
pub(super) async fn jump(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Options(jump): Options<Jump>,
) -> Result<Json<JumpReport>, Problem> {
    Ok(Json(shared.manager.jump(&tenant, &name, jump.target()?).await?))
}

/// How far to go.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Steps {
    #[serde(default = "one")]
    count: NonZeroU64,
}

impl Default for Steps {
    fn default() -> Self {
        Self { count: one() }
    }
}

fn one() -> NonZeroU64 {
    NonZeroU64::MIN
}

/// Goes back by some events.
pub(super) async fn undo(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Options(steps): Options<Steps>,
) -> Result<Json<JumpReport>, Problem> {
    Ok(Json(shared.manager.undo(&tenant, &name, steps.count.get()).await?))
}

/// Goes forward again by some events.
pub(super) async fn redo(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Options(steps): Options<Steps>,
) -> Result<Json<JumpReport>, Problem> {
    Ok(Json(shared.manager.redo(&tenant, &name, steps.count.get()).await?))
}

// === GET /api/sessions/{name}/diff ===

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiffParameters {
    with: SessionName,
    limit: Option<usize>,
}

/// What this session's history has and another's has not, and the other way round.
pub(super) async fn diff(
    State(shared): State<Arc<Shared>>,
    Tenant(tenant): Tenant,
    Session(name): Session,
    Parameters(DiffParameters { with, limit }): Parameters<DiffParameters>,
) -> Result<Json<HistoryDiff>, Problem> {
    Ok(Json(shared.manager.diff(&tenant, &name, &with, list_length(limit)?).await?))
}

#[cfg(test)]
mod tests {
    use axum::extract::Query;

    use super::*;

    fn query(text: &str) -> Result<EventQuery, String> {
        let uri = format!("/events?{text}").parse().unwrap();
        let Query(parameters) = Query::<EventParameters>::try_from_uri(&uri).map_err(|error| error.body_text())?;
        parameters.query().map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn events_are_asked_for_by_place_order_and_kind() {
        assert_eq!(query("").unwrap(), EventQuery { limit: 100, ..EventQuery::default() });
        assert_eq!(query("order=oldest&contains=").unwrap(), query("").unwrap());
        let asked = query("after=3&before=9&limit=1000&order=newest&undone=false&outcome=error&contains=%28set%21+x");
        let expected = EventQuery {
            after: Some(3),
            before: Some(9),
            newest_first: true,
            limit: 1000,
            undone: Some(false),
            outcome: Some(EventOutcome::Error),
            contains: Some("(set! x".to_owned()),
        };
        assert_eq!(asked.unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_with_a_query_for_events_is_told() {
        for (text, words) in [
            ("limit=0", "between 1 and 1000"),
            ("limit=1001", "between 1 and 1000"),
            ("after=x", "after"),
            ("before=-1", "before"),
            ("order=up", "oldest"),
            ("undone=maybe", "undone"),
            ("outcome=trap", "value"),
            ("page=2", "unknown field `page`"),
            ("limit=1&limit=2", "duplicate field `limit`"),
        ] {
            let problem = query(text).unwrap_err();
            assert!(problem.contains(words), "{text}: {problem}");
        }
    }

    #[test]
    fn a_jump_goes_to_one_place() {
        let jump = |json: &str| {
            let jump: Jump = serde_json::from_str(json).map_err(|error| error.to_string())?;
            jump.target().map_err(|problem| problem.detail().to_owned())
        };
        assert_eq!(jump(r#"{"event": 0}"#), Ok(Target::Event(0)));
        assert_eq!(jump(r#"{"checkpoint": "3"}"#), Ok(Target::Checkpoint(CheckpointName::new("3").unwrap())));
        for (json, words) in [
            ("{}", "expected `event`, a number, or `checkpoint`"),
            (r#"{"event": 1, "checkpoint": "a"}"#, "not both"),
            (r#"{"event": -1}"#, "u64"),
            (r#"{"event": "1"}"#, "u64"),
            (r#"{"checkpoint": "a b"}"#, "checkpoint name"),
            (r#"{"to": 1}"#, "unknown field `to`"),
        ] {
            let problem = jump(json).unwrap_err();
            assert!(problem.contains(words), "{json}: {problem}");
        }
    }

    #[test]
    fn one_step_is_taken_when_nothing_else_is_said() {
        let steps = |json: &str| serde_json::from_str::<Steps>(json).map(|steps| steps.count.get());
        assert_eq!(steps("{}").unwrap(), Steps::default().count.get());
        assert_eq!(steps(r#"{"count": 7}"#).unwrap(), 7);
        assert!(steps(r#"{"count": 0}"#).unwrap_err().to_string().contains("nonzero"));
        assert!(steps(r#"{"count": null}"#).is_err());
    }

    #[test]
    fn an_event_in_a_path_is_digits_alone() {
        assert_eq!("17".parse::<EventNumber>().unwrap().0, 17);
        for wrong in ["", "+1", "-1", "1x", "newest", "99999999999999999999"] {
            assert!(wrong.parse::<EventNumber>().unwrap_err().detail().contains("number of an event"), "{wrong}");
        }
    }
}
