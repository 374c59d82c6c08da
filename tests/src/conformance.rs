//! The transport conformance kit: whether an HTTP client behaves as a [`Transport`] must.
//!
//! [`check`] runs every case: logins, sessions, server searches and all operations against the simulated Plex, and faults on raw
//! sockets. It prints a table, and fails with the names of the cases that failed. For a test of each case, see [`cases`] and [`faults`].
//!
//! ```no_run
//! # use plexauth_proto::{ClientInfo, Outgoing, Transport, TransportError};
//! # use plexauth_testing::conformance::Setup;
//! # struct MyTransport(ClientInfo);
//! # impl MyTransport { fn new(setup: &Setup) -> Self { Self(setup.info.clone()) } }
//! # impl Transport for MyTransport {
//! #     fn info(&self) -> &ClientInfo { &self.0 }
//! #     fn now(&self) -> std::time::SystemTime { std::time::SystemTime::now() }
//! #     async fn sleep(&self, time: std::time::Duration) {}
//! #     async fn exchange(&self, _: Outgoing) -> Result<http::Response<Vec<u8>>, TransportError> {
//! #         Ok(http::Response::default())
//! #     }
//! # }
//! #[test]
//! fn my_transport_conforms() {
//!     plexauth_testing::conformance::check(|setup| MyTransport::new(setup));
//! }
//! ```
//!
//! The futures run on tokio. A blocking transport may block in them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use plexauth_proto::{ClientInfo, Limits, Transport};
use rustls::pki_types::CertificateDer;
use stage::Stage;

use crate::Plex;

mod after_login;
mod device_keys;
mod exchange;
mod faults;
mod media_server;
mod pins;
mod plex_tv;
mod server_tokens;
mod stage;

/// The number of cases that [`check`] runs at once. They mostly wait.
const AT_ONCE: usize = 8;

/// What a case asks of the transport.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Setup {
    /// The client that the transport identifies as.
    pub info: ClientInfo,
    /// The limits that the transport has to respect.
    pub limits: Limits,
    /// A root certificate that the transport has to trust, in DER.
    pub root_certificate: Option<CertificateDer<'static>>,
    /// The simulated Plex of this case, for transports in memory.
    pub plex: Arc<Plex>,
}

/// A case of the kit.
#[derive(Clone)]
pub struct Case {
    name: &'static str,
    run: Arc<dyn Fn() + Send + Sync>,
}

impl Case {
    /// The name: the subject and the expectation.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the case.
    ///
    /// # Panics
    ///
    /// If the transport does not conform.
    pub fn run(&self) {
        (self.run)();
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.name).finish()
    }
}

macro_rules! list {
    ($type:ty: $($module:ident::$case:ident,)*) => {
        [$((stringify!($case), (|on| $module::$case(on)) as fn(&$type))),*]
    };
}

/// The cases with the simulated Plex, for a test harness that reports each of them. `connect` sets up the transport for each case. A
/// transport without sockets can pass them, too.
pub fn cases<T, C>(connect: C) -> Vec<Case>
where
    T: Transport + 'static,
    C: Fn(&Setup) -> T + Clone + Send + Sync + 'static,
{
    let cases = list![Stage<T>:
        plex_tv::sign_in_returns_token_and_account,
        plex_tv::second_factor_is_required,
        plex_tv::backup_code_works_once,
        plex_tv::wrong_password_is_sent_once,
        plex_tv::email_only_account_refuses_the_username,
        plex_tv::repeated_failures_lock_the_address_out,
        plex_tv::rate_limit_reports_retry_after,
        plex_tv::password_with_special_characters_is_accepted,
        plex_tv::account_is_parsed_completely,
        plex_tv::managed_user_is_parsed,
        plex_tv::only_plexs_401_makes_the_token_invalid,
        plex_tv::unavailable_server_is_retried,
        plex_tv::sign_in_is_not_retried,
        plex_tv::requests_are_sent_unchanged,
        plex_tv::utf8_in_headers_arrives_or_is_refused,
        pins::approved_pin_returns_a_token,
        pins::short_code_is_linked_by_another_device,
        pins::pending_pin_is_polled,
        pins::rate_limited_check_is_repeated,
        pins::unapproved_pin_expires,
        pins::deadline_ends_login,
        pins::pin_is_created_without_a_body,
        device_keys::login_with_device_key_returns_a_jwt,
        device_keys::login_works_with_a_wrong_clock,
        device_keys::expired_jwt_is_renewed,
        device_keys::session_stays_with_its_account,
        device_keys::legacy_token_can_register_a_key,
        device_keys::key_of_another_device_is_refused,
        device_keys::unknown_key_is_refused,
        device_keys::key_rotation_keeps_old_tokens_verifiable,
        after_login::signed_out_token_is_invalid,
        after_login::token_check_has_three_outcomes,
        after_login::claim_token_errors_have_their_own_format,
        after_login::server_is_found_without_sending_a_token,
        after_login::relay_is_the_last_resort,
        after_login::shared_server_requires_its_own_token,
        after_login::server_not_found_lists_the_tried_connections,
        after_login::home_user_can_be_switched,
        after_login::session_renews_an_expired_token,
        after_login::session_does_not_loop_on_498,
        media_server::transient_token_grants_access,
        media_server::html_error_of_a_media_server_is_parsed,
        media_server::source_is_parsed_in_either_shape,
        media_server::unknown_source_has_no_devices,
        media_server::guest_cannot_query_sources,
        server_tokens::server_refuses_a_jwt_and_takes_the_home_users_token,
        server_tokens::legacy_login_needs_no_other_token,
        server_tokens::newer_server_takes_jwts,
        server_tokens::shared_server_has_a_token_of_its_own,
        server_tokens::lock_of_the_own_home_user_holds,
        server_tokens::account_without_a_home_uses_the_servers_device,
        server_tokens::linked_device_leaves_the_legacy_token,
        server_tokens::first_jwt_ends_the_legacy_token,
        server_tokens::removed_device_must_log_in_anew,
        server_tokens::new_server_is_claimed,
        server_tokens::pin_of_another_identifier_is_not_found,
        exchange::redirect_is_not_followed,
        exchange::body_at_the_limit_is_read,
        exchange::body_over_the_limit_is_an_error,
        exchange::html_is_not_json,
        exchange::incomplete_success_is_not_understood,
        exchange::xml_error_is_parsed,
        exchange::server_failure_keeps_the_token_valid,
        exchange::exchange_returns_any_status,
        exchange::missing_client_identifier_is_refused,
    ];
    let case = |(name, case): (_, fn(&Stage<T>))| {
        let connect = connect.clone();
        Case { name, run: Arc::new(move || case(&Stage::new(&connect))) }
    };
    cases.into_iter().map(case).collect()
}

/// The cases with servers that misbehave below HTTP.
pub fn faults<T, C>(connect: C) -> Vec<Case>
where
    T: Transport + 'static,
    C: Fn(&Setup) -> T + Clone + Send + Sync + 'static,
{
    let cases = list![C:
        faults::refused_connection_is_a_connect_error,
        faults::search_survives_every_fault,
        faults::limits_of_the_caller_hold,
        faults::redirect_takes_no_token_along,
        faults::post_without_a_body_has_a_length,
        faults::cookies_are_not_kept,
        faults::responses_are_kept_apart,
        faults::broken_sign_in_is_sent_once,
        faults::tls_to_a_trusted_server_works,
        faults::untrusted_certificate_is_an_error,
        faults::https_is_never_plain,
        faults::handshake_is_no_failure_to_connect,
    ];
    let case = |(name, case): (_, fn(&C))| {
        let connect = connect.clone();
        Case { name, run: Arc::new(move || case(&connect)) }
    };
    let fault = |fault: &'static faults::Fault| {
        let connect = connect.clone();
        Case { name: fault.name, run: Arc::new(move || fault.check(&connect)) }
    };
    faults::FAULTS.iter().map(fault).chain(cases.into_iter().map(case)).collect()
}

/// Runs all cases, prints a table, and fails if the transport does not conform.
///
/// # Panics
///
/// If a case fails, with the names of all that failed.
#[expect(clippy::print_stdout, reason = "the table")]
pub fn check<T, C>(connect: C)
where
    T: Transport + 'static,
    C: Fn(&Setup) -> T + Clone + Send + Sync + 'static,
{
    let cases = [cases(connect.clone()), faults(connect)].concat();
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let start = Instant::now();
                    let passed = catch_unwind(AssertUnwindSafe(|| case.run())).is_ok();
                    outcomes.lock().expect("no panic holds it").push((case.name, passed, start.elapsed()));
                }
            });
        }
    });
    let mut outcomes: Vec<(&str, bool, Duration)> = outcomes.into_inner().expect("no panic holds it");
    outcomes.sort_by_key(|(name, ..)| cases.iter().position(|case| case.name == *name));
    for (name, passed, elapsed) in &outcomes {
        let passed = if *passed { "passed" } else { "FAILED" };
        println!("{name:<64} {passed} {:>6} ms", elapsed.as_millis());
    }
    let failed: Vec<_> = outcomes.iter().filter(|(_, passed, _)| !passed).map(|(name, ..)| *name).collect();
    assert!(failed.is_empty(), "{} of {} cases failed: {}", failed.len(), cases.len(), failed.join(", "));
}
