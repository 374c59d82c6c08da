//! Every case through every adapter and through the bare core, with the same outcome.
//!
//! To add a case, write a function in one of the modules and add its line to `CASES`. To add an adapter, add its line to
//! `DRIVERS`, and what it needs to `Driver`.

use libtest_mimic::{Arguments, Failed, Trial};

mod conformance {
    pub(crate) mod after_login;
    pub(crate) mod device_keys;
    pub(crate) mod driver;
    pub(crate) mod exchange;
    pub(crate) mod media_server;
    pub(crate) mod pins;
    pub(crate) mod plex_tv;
}

use conformance::driver::{DRIVERS, Plex};
use conformance::{after_login, device_keys, exchange, media_server, pins, plex_tv};

type Case = (&'static str, fn(&Plex));

const CASES: &[Case] = &[
    ("sign_in_gives_a_token_and_the_account", plex_tv::sign_in_gives_a_token_and_the_account),
    ("a_second_factor_is_asked_for", plex_tv::a_second_factor_is_asked_for),
    ("a_backup_code_is_good_for_once", plex_tv::a_backup_code_is_good_for_once),
    ("a_wrong_password_is_sent_once", plex_tv::a_wrong_password_is_sent_once),
    ("email_only_is_said", plex_tv::email_only_is_said),
    ("too_many_failures_lock_the_address_out", plex_tv::too_many_failures_lock_the_address_out),
    ("a_rate_limit_says_how_long", plex_tv::a_rate_limit_says_how_long),
    ("a_password_of_any_characters_arrives", plex_tv::a_password_of_any_characters_arrives),
    ("an_account_is_read_whole", plex_tv::an_account_is_read_whole),
    ("a_managed_user_is_read", plex_tv::a_managed_user_is_read),
    ("only_a_401_makes_a_token_invalid", plex_tv::only_a_401_makes_a_token_invalid),
    ("a_server_that_is_away_is_asked_again", plex_tv::a_server_that_is_away_is_asked_again),
    ("a_sign_in_is_not_sent_again", plex_tv::a_sign_in_is_not_sent_again),
    ("what_is_sent_is_the_same", plex_tv::what_is_sent_is_the_same),
    ("an_approved_pin_gives_a_token", pins::an_approved_pin_gives_a_token),
    ("a_short_code_is_approved_by_another_device", pins::a_short_code_is_approved_by_another_device),
    ("a_pin_is_waited_for", pins::a_pin_is_waited_for),
    ("a_refusal_to_answer_is_waited_out", pins::a_refusal_to_answer_is_waited_out),
    ("a_pin_that_nobody_approves_expires", pins::a_pin_that_nobody_approves_expires),
    ("a_deadline_ends_a_login", pins::a_deadline_ends_a_login),
    ("a_pin_is_asked_for_without_a_body", pins::a_pin_is_asked_for_without_a_body),
    ("a_login_with_a_key_gives_a_jwt", device_keys::a_login_with_a_key_gives_a_jwt),
    ("a_wrong_clock_logs_in_all_the_same", device_keys::a_wrong_clock_logs_in_all_the_same),
    ("an_expired_jwt_is_renewed", device_keys::an_expired_jwt_is_renewed),
    ("an_old_token_gets_a_key", device_keys::an_old_token_gets_a_key),
    ("a_key_belongs_to_one_device", device_keys::a_key_belongs_to_one_device),
    ("an_unknown_key_is_refused", device_keys::an_unknown_key_is_refused),
    ("plexs_keys_rotate", device_keys::plexs_keys_rotate),
    ("a_token_that_was_signed_out_is_invalid", after_login::a_token_that_was_signed_out_is_invalid),
    ("a_token_check_has_three_answers", after_login::a_token_check_has_three_answers),
    ("a_claim_token_refuses_in_a_form_of_its_own", after_login::a_claim_token_refuses_in_a_form_of_its_own),
    (
        "the_right_connection_is_found_without_a_token",
        after_login::the_right_connection_is_found_without_a_token,
    ),
    ("the_relay_is_the_last_resort", after_login::the_relay_is_the_last_resort),
    ("a_shared_server_wants_its_own_token", after_login::a_shared_server_wants_its_own_token),
    ("a_server_that_is_not_found_is_told_of", after_login::a_server_that_is_not_found_is_told_of),
    ("a_home_user_is_switched_to", after_login::a_home_user_is_switched_to),
    ("a_session_renews_a_token_that_has_expired", after_login::a_session_renews_a_token_that_has_expired),
    ("a_session_does_not_loop", after_login::a_session_does_not_loop),
    ("a_transient_token_opens_the_server", media_server::a_transient_token_opens_the_server),
    ("a_media_server_refuses_in_html", media_server::a_media_server_refuses_in_html),
    ("a_source_is_found_in_either_shape", media_server::a_source_is_found_in_either_shape),
    ("an_unknown_source_has_no_device", media_server::an_unknown_source_has_no_device),
    ("a_guest_may_not_ask_for_sources", media_server::a_guest_may_not_ask_for_sources),
    ("a_redirect_is_not_followed", exchange::a_redirect_is_not_followed),
    ("the_last_byte_within_the_limit_is_read", exchange::the_last_byte_within_the_limit_is_read),
    ("the_first_byte_over_the_limit_is_an_error", exchange::the_first_byte_over_the_limit_is_an_error),
    ("a_page_of_html_is_not_json", exchange::a_page_of_html_is_not_json),
    (
        "a_success_without_what_was_asked_for_is_not_understood",
        exchange::a_success_without_what_was_asked_for,
    ),
    ("an_error_in_xml_is_read", exchange::an_error_in_xml_is_read),
    (
        "a_failing_server_says_nothing_about_the_token",
        exchange::a_failing_server_says_nothing_about_the_token,
    ),
    ("exchange_gives_back_any_status", exchange::exchange_gives_back_any_status),
    ("a_client_that_does_not_say_who_it_is_is_refused", exchange::a_client_that_does_not_say_who_it_is),
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
