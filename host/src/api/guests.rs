//! `/api/guests`: what sessions can be made of. Tenants see it, operators change it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, Request, State};
use hyper::StatusCode;
use hyper::http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::extract::{Options, Parameters};
use super::problem::Problem;
use super::{Shared, body};
use crate::guest::{COMPONENT_BYTES_MAX, GuestInfo, Stage};
use crate::name::{GuestLabel, GuestName, GuestRef};
use crate::session::Addition;

/// Whoever may see the guests: a tenant or an operator.
pub(super) struct Reader;

impl FromRequestParts<Arc<Shared>> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        match shared.tenant(&parts.headers) {
            Ok(_) => Ok(Self),
            Err(problem) => shared.operator(&parts.headers).map(|()| Self).map_err(|_| problem),
        }
    }
}

/// Whoever may change the guests.
pub(super) struct Operator;

impl FromRequestParts<Arc<Shared>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        shared.operator(&parts.headers).map(|()| Self)
    }
}

/// The guest that the path names.
pub(super) struct Named(GuestRef);

impl FromRequestParts<Arc<Shared>> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, shared).await;
        let Path(name) = path.map_err(|error| Problem::invalid_path(error.body_text()))?;
        Ok(Self(GuestRef::parse(&name)?))
    }
}

/// The guests that sessions can be made of.
pub(super) async fn list(State(shared): State<Arc<Shared>>, _: Reader) -> Json<Value> {
    Json(json!({ "guests": shared.manager.guests().list() }))
}

/// A guest with its versions, and how far a registration of it is.
#[derive(Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    info: Option<GuestInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registering: Option<Stage>,
}

/// A guest; of `name@version` only that version.
pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    _: Reader,
    Named(guest): Named,
) -> Result<Json<Shown>, Problem> {
    let guests = shared.manager.guests();
    let registering = guests.stage(&guest.name);
    match guests.info_of_version(&guest) {
        Ok(info) => Ok(Json(Shown { info: Some(info), registering })),
        Err(_) if registering.is_some() => Ok(Json(Shown { info: None, registering })),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddParameters {
    label: Option<GuestLabel>,
    #[serde(default)]
    default: bool,
}

/// Registers the component in the body.
pub(super) async fn add(
    State(shared): State<Arc<Shared>>,
    _: Operator,
    Named(guest): Named,
    Parameters(AddParameters { label, default }): Parameters<AddParameters>,
    request: Request,
) -> Result<(StatusCode, Json<GuestInfo>), Problem> {
    let (parts, body) = request.into_parts();
    body::expect_component(&parts.headers)?;
    let label = match (guest.version, label) {
        (Some(_), Some(_)) => return Err(Problem::invalid_query("the label is in the path already".to_owned())),
        (one, other) => one.or(other),
    };
    let place = shared.manager.begin_registration()?;
    let bytes = body::read(body, COMPONENT_BYTES_MAX, shared.body_timeout).await?;
    let addition = Addition { name: guest.name, label, bytes, make_default: default };
    let (info, new) = shared.manager.add_guest(addition, place).await?;
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, Json(info)))
}

/// Removes a guest with all its versions, or one version.
pub(super) async fn remove(
    State(shared): State<Arc<Shared>>,
    _: Operator,
    Named(guest): Named,
) -> Result<StatusCode, Problem> {
    shared.manager.remove_guest(guest).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    guest: Option<GuestRef>,
}

/// Makes a guest the default, or a version what its name means.
pub(super) async fn set_default(
    State(shared): State<Arc<Shared>>,
    _: Operator,
    Options(Choice { guest }): Options<Choice>,
) -> Result<Json<GuestInfo>, Problem> {
    let guest = guest.ok_or_else(|| Problem::invalid_body("expected `guest`: a name, or a name and a version"))?;
    let name: GuestName = guest.name.clone();
    shared.manager.set_default_guest(guest).await?;
    Ok(Json(shared.manager.guests().info_of_version(&name.into())?))
}
