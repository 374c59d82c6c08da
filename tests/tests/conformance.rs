//! Runs every case through every adapter and through the bare core. All must have the same outcome.
//!
//! To add a case, write a function in one of the modules and list it in `CASES`. To add an adapter, list it in
//! `DRIVERS` and extend `Driver`.

use libtest_mimic::{Arguments, Failed, Trial};

mod conformance {
    pub(crate) mod after_login;
    pub(crate) mod device_keys;
    pub(crate) mod driver;
    pub(crate) mod exchange;
    pub(crate) mod media_server;
    pub(crate) mod pins;
    pub(crate) mod plex_tv;
    pub(crate) mod server_tokens;
}

use conformance::driver::{DRIVERS, Plex};
use conformance::{after_login, device_keys, exchange, media_server, pins, plex_tv, server_tokens};

type Case = (&'static str, fn(&Plex));

const CASES: &[Case] = &[
    ("sign_in_returns_token_and_account", plex_tv::sign_in_returns_token_and_account),
    ("second_factor_is_required", plex_tv::second_factor_is_required),
    ("backup_code_works_once", plex_tv::backup_code_works_once),
    ("wrong_password_is_sent_once", plex_tv::wrong_password_is_sent_once),
    ("email_only_account_refuses_the_username", plex_tv::email_only_account_refuses_the_username),
    ("repeated_failures_lock_the_address_out", plex_tv::repeated_failures_lock_the_address_out),
    ("rate_limit_reports_retry_after", plex_tv::rate_limit_reports_retry_after),
    ("password_with_special_characters_is_accepted", plex_tv::password_with_special_characters_is_accepted),
    ("account_is_parsed_completely", plex_tv::account_is_parsed_completely),
    ("managed_user_is_parsed", plex_tv::managed_user_is_parsed),
    ("only_plexs_401_makes_the_token_invalid", plex_tv::only_plexs_401_makes_the_token_invalid),
    ("unavailable_server_is_retried", plex_tv::unavailable_server_is_retried),
    ("sign_in_is_not_retried", plex_tv::sign_in_is_not_retried),
    ("all_drivers_send_the_same_requests", plex_tv::all_drivers_send_the_same_requests),
    ("approved_pin_returns_a_token", pins::approved_pin_returns_a_token),
    ("short_code_is_linked_by_another_device", pins::short_code_is_linked_by_another_device),
    ("pending_pin_is_polled", pins::pending_pin_is_polled),
    ("rate_limited_check_is_repeated", pins::rate_limited_check_is_repeated),
    ("unapproved_pin_expires", pins::unapproved_pin_expires),
    ("deadline_ends_login", pins::deadline_ends_login),
    ("pin_is_created_without_a_body", pins::pin_is_created_without_a_body),
    ("login_with_device_key_returns_a_jwt", device_keys::login_with_device_key_returns_a_jwt),
    ("login_works_with_a_wrong_clock", device_keys::login_works_with_a_wrong_clock),
    ("expired_jwt_is_renewed", device_keys::expired_jwt_is_renewed),
    ("session_stays_with_its_account", device_keys::session_stays_with_its_account),
    ("legacy_token_can_register_a_key", device_keys::legacy_token_can_register_a_key),
    ("key_of_another_device_is_refused", device_keys::key_of_another_device_is_refused),
    ("unknown_key_is_refused", device_keys::unknown_key_is_refused),
    ("key_rotation_keeps_old_tokens_verifiable", device_keys::key_rotation_keeps_old_tokens_verifiable),
    ("signed_out_token_is_invalid", after_login::signed_out_token_is_invalid),
    ("token_check_has_three_outcomes", after_login::token_check_has_three_outcomes),
    ("claim_token_errors_have_their_own_format", after_login::claim_token_errors_have_their_own_format),
    ("server_is_found_without_sending_a_token", after_login::server_is_found_without_sending_a_token),
    ("relay_is_the_last_resort", after_login::relay_is_the_last_resort),
    ("shared_server_requires_its_own_token", after_login::shared_server_requires_its_own_token),
    (
        "server_not_found_lists_the_tried_connections",
        after_login::server_not_found_lists_the_tried_connections,
    ),
    ("home_user_can_be_switched", after_login::home_user_can_be_switched),
    ("session_renews_an_expired_token", after_login::session_renews_an_expired_token),
    ("session_does_not_loop_on_498", after_login::session_does_not_loop_on_498),
    ("transient_token_grants_access", media_server::transient_token_grants_access),
    ("html_error_of_a_media_server_is_parsed", media_server::html_error_of_a_media_server_is_parsed),
    ("source_is_parsed_in_either_shape", media_server::source_is_parsed_in_either_shape),
    ("unknown_source_has_no_devices", media_server::unknown_source_has_no_devices),
    ("guest_cannot_query_sources", media_server::guest_cannot_query_sources),
    (
        "server_refuses_a_jwt_and_takes_the_home_users_token",
        server_tokens::server_refuses_a_jwt_and_takes_the_home_users_token,
    ),
    ("legacy_login_needs_no_other_token", server_tokens::legacy_login_needs_no_other_token),
    ("newer_server_takes_jwts", server_tokens::newer_server_takes_jwts),
    ("shared_server_has_a_token_of_its_own", server_tokens::shared_server_has_a_token_of_its_own),
    ("lock_of_the_own_home_user_holds", server_tokens::lock_of_the_own_home_user_holds),
    (
        "account_without_a_home_uses_the_servers_device",
        server_tokens::account_without_a_home_uses_the_servers_device,
    ),
    ("linked_device_leaves_the_legacy_token", server_tokens::linked_device_leaves_the_legacy_token),
    ("first_jwt_ends_the_legacy_token", server_tokens::first_jwt_ends_the_legacy_token),
    ("removed_device_must_log_in_anew", server_tokens::removed_device_must_log_in_anew),
    ("new_server_is_claimed", server_tokens::new_server_is_claimed),
    ("pin_of_another_identifier_is_not_found", server_tokens::pin_of_another_identifier_is_not_found),
    ("redirect_is_not_followed", exchange::redirect_is_not_followed),
    ("body_at_the_limit_is_read", exchange::body_at_the_limit_is_read),
    ("body_over_the_limit_is_an_error", exchange::body_over_the_limit_is_an_error),
    ("html_is_not_json", exchange::html_is_not_json),
    ("incomplete_success_is_not_understood", exchange::incomplete_success_is_not_understood),
    ("xml_error_is_parsed", exchange::xml_error_is_parsed),
    ("server_failure_keeps_the_token_valid", exchange::server_failure_keeps_the_token_valid),
    ("exchange_returns_any_status", exchange::exchange_returns_any_status),
    ("missing_client_identifier_is_refused", exchange::missing_client_identifier_is_refused),
];

fn main() {
    let trials = DRIVERS.iter().flat_map(|&(name, connect)| {
        CASES.iter().map(move |&(case, run)| {
            Trial::test(format!("conformance::{name}::{case}"), move || {
                run(&connect());
                Ok::<(), Failed>(())
            })
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
