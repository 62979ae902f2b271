//! What the guest registry reports, as problems.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{self, HeaderValue};

use super::Problem;
use crate::guest::GuestError;
use crate::tenant::NoOperator;

/// When to come back after all places for registrations were taken: a large component takes some seconds.
const REGISTRATION_RETRY_SECONDS: u32 = 5;

impl From<GuestError> for Problem {
    fn from(error: GuestError) -> Self {
        use GuestError as E;
        use StatusCode as S;
        let (status, code, title) = match &error {
            E::Refused { .. } => (S::UNPROCESSABLE_ENTITY, "guest-refused", "The component can't be a guest"),
            E::Unknown { .. } => (S::NOT_FOUND, "guest-not-found", "No such guest"),
            E::Ambiguous(_) => (S::UNPROCESSABLE_ENTITY, "guest-ambiguous", "Several guests are meant"),
            E::UnfitName(_) => (S::BAD_REQUEST, "invalid-name", "Invalid name"),
            E::LabelTaken(_) | E::LabelOther(_) => {
                (S::CONFLICT, "label-taken", "The label or component is there already")
            }
            E::InUse { .. } | E::Busy(_) => (S::CONFLICT, "guest-in-use", "Sessions have the guest"),
            E::IsDefault(_) | E::IsCurrent(_) | E::IsGiven { .. } => {
                (S::CONFLICT, "guest-needed", "The guest has to stay")
            }
            E::TooMany(_) => (S::SERVICE_UNAVAILABLE, "registrations-busy", "Too many registrations"),
            E::Write(_) | E::Count(_) => {
                let problem = Self::new(S::INTERNAL_SERVER_ERROR, "store-failed", "The store failed", "");
                let detail = error.to_string();
                return problem.hiding(&detail, Arc::new(error));
            }
            E::NoDefault { .. } | E::Registry { .. } | E::Lost { .. } | E::Defect(_) => {
                return Self::internal(error.into());
            }
        };
        let problem = Self::new(status, code, title, error.to_string());
        if matches!(error, E::TooMany(_)) { problem.retry_after(REGISTRATION_RETRY_SECONDS) } else { problem }
    }
}

impl From<NoOperator> for Problem {
    fn from(error: NoOperator) -> Self {
        let title = "No operator's key";
        match error {
            NoOperator::Unproven => {
                let challenge = HeaderValue::from_static("Bearer realm=\"hostel operators\"");
                Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", title, error.to_string())
                    .with_header(header::WWW_AUTHENTICATE, challenge)
            }
            NoOperator::Tenant | NoOperator::NoKey => {
                Self::new(StatusCode::FORBIDDEN, "operators-only", title, error.to_string())
            }
        }
    }
}
