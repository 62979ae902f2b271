//! The labels that series are split by. Each is an enum, so that a series can't come into being at run time.

macro_rules! label {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            pub(super) const ALL: &[Self] = &[$(Self::$variant),+];
            pub(super) const COUNT: usize = Self::ALL.len();

            /// The label's value.
            #[must_use]
            pub(crate) const fn label(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

label! {
    /// A route of the HTTP interface.
    pub enum HttpRoute {
        /// `POST /api/sessions/{name}/execute`
        Execute => "execute",
        /// `GET /api/sessions`
        SessionList => "session_list",
        /// `GET /api/sessions/{name}`
        SessionGet => "session_get",
        /// `PUT /api/sessions/{name}`
        SessionCreate => "session_create",
        /// `DELETE /api/sessions/{name}`
        SessionDelete => "session_delete",
        /// `POST /api/sessions/{name}/complete`
        SessionComplete => "session_complete",
        /// `POST /api/sessions/{name}/save`
        SessionSave => "session_save",
        /// `POST /api/sessions/{name}/interrupt`
        SessionInterrupt => "session_interrupt",
        /// `GET /api/sessions/{name}/turns/{turn}`
        TurnFollow => "turn_follow",
        /// `POST /api/sessions/{name}/turns/{turn}/answers/{question}`
        TurnAnswer => "turn_answer",
        /// `POST /api/sessions/{name}/fork`
        SessionFork => "session_fork",
        /// `POST /api/sessions/{name}/jump`
        SessionJump => "session_jump",
        /// `POST /api/sessions/{name}/undo`
        SessionUndo => "session_undo",
        /// `POST /api/sessions/{name}/redo`
        SessionRedo => "session_redo",
        /// `GET /api/sessions/{name}/diff`
        SessionDiff => "session_diff",
        /// `GET /api/sessions/{name}/export`
        SessionExport => "session_export",
        /// `POST /api/sessions/{name}/import`
        SessionImport => "session_import",
        /// `GET /api/sessions/{name}/events`
        EventList => "event_list",
        /// `GET /api/sessions/{name}/events/{number}`
        EventGet => "event_get",
        /// `GET /api/sessions/{name}/checkpoints`
        CheckpointList => "checkpoint_list",
        /// `PUT /api/sessions/{name}/checkpoints/{checkpoint}`
        CheckpointCreate => "checkpoint_create",
        /// `DELETE /api/sessions/{name}/checkpoints/{checkpoint}`
        CheckpointDelete => "checkpoint_delete",
        /// `POST /api/sessions/{name}/guest`
        SessionGuest => "session_guest",
        /// `GET /api/guests`
        GuestList => "guest_list",
        /// `GET /api/guests/{name}`
        GuestGet => "guest_get",
        /// `PUT /api/guests/{name}`
        GuestAdd => "guest_add",
        /// `DELETE /api/guests/{name}`
        GuestRemove => "guest_remove",
        /// `POST /api/guests/default`
        GuestDefault => "guest_default",
        /// `POST /api/guests/upgrade`
        GuestUpgrade => "guest_upgrade",
        /// `GET /api/functions`
        FunctionList => "function_list",
        /// `GET /api/health`
        Health => "health",
        /// `GET /metrics`
        Metrics => "metrics",
        /// Anything else: an unknown path, a method that a path does not take.
        Other => "other",
    }
}

label! {
    /// How a turn ended.
    pub enum TurnOutcome {
        /// The guest answered; its language reported no error.
        Ok => "ok",
        /// The guest answered with an error of its language.
        LanguageError => "language_error",
        /// The guest trapped.
        Trapped => "trapped",
        /// It needed more memory than the session or the host has.
        MemoryExceeded => "memory_exceeded",
        /// It ran too long.
        TimeExceeded => "time_exceeded",
        /// It wrote too much.
        OutputExceeded => "output_exceeded",
        /// It left handles open.
        HandlesHeld => "handles_held",
        /// Somebody interrupted it.
        Interrupted => "interrupted",
        /// The host failed it: the store, a defect.
        HostFailed => "host_failed",
    }
}

label! {
    /// How a call of a function ended.
    pub enum CallOutcome {
        /// With an answer.
        Ok => "ok",
        /// It is not granted, or there is none.
        Denied => "denied",
        /// It was not asked as it should be.
        Invalid => "invalid",
        /// A limit was reached.
        Limited => "limited",
        /// No answer came in time.
        TimedOut => "timed_out",
        /// It failed.
        Failed => "failed",
        /// Its turn was stopped before there was an answer.
        Stopped => "stopped",
    }
}

label! {
    /// How a restore ended.
    pub(super) enum RestoreOutcome {
        /// The session is live.
        Ok => "ok",
        /// It could not be brought back.
        Failed => "failed",
    }
}

label! {
    /// The class of an HTTP status.
    pub(super) enum StatusClass {
        /// 1xx to 3xx: the host sends 200, 201 and 204 of these.
        Success => "2xx",
        /// 4xx
        Client => "4xx",
        /// 5xx
        Server => "5xx",
    }
}

impl StatusClass {
    pub(super) const fn of(status: u16) -> Self {
        match status {
            0..400 => Self::Success,
            400..500 => Self::Client,
            500.. => Self::Server,
        }
    }
}
