//! Delays between retries.

use std::time::{Duration, SystemTime};

use plexauth_proto::{ErrorKind, GetUserDetails, Operation, RetryPolicy, TransportErrorKind};
use plexauth_testing::strategies::{refusal, transport_error_kind};
use proptest::prelude::*;

use crate::config;

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0..100_000_u64).prop_map(Duration::from_millis),
        any::<u64>().prop_map(Duration::from_nanos),
        Just(Duration::MAX),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn delays_are_within_bounds(retries in 0..100_u32, base in durations(), max in durations(), seed in any::<u64>(), kind in transport_error_kind()) {
        let policy = RetryPolicy::default().retries(retries).base_delay(base).max_delay(max).seed(seed);
        for tries in [0, 1, retries.saturating_sub(1), retries, u32::MAX] {
            match policy.after_transport_error(tries, kind) {
                None => prop_assert!(tries >= retries || matches!(kind, TransportErrorKind::Setup | TransportErrorKind::Tls | TransportErrorKind::BodyTooLarge | TransportErrorKind::RedirectFollowed)),
                Some(wait) => {
                    prop_assert!(tries < retries && wait <= max);
                    prop_assert!(wait <= base.saturating_mul(2_u32.saturating_pow(tries)));
                }
            }
        }
    }

    /// Jitter shortens a delay by at most half.
    #[test]
    fn delays_grow_up_to_the_maximum(base in 1..10_000_u64, max in durations(), seed in any::<u64>()) {
        let policy = RetryPolicy::default().retries(40).base_delay(Duration::from_millis(base)).max_delay(max).seed(seed);
        let wait = |tries| policy.after_transport_error(tries, TransportErrorKind::Broken).unwrap();
        for tries in 0..39 {
            let whole = Duration::from_millis(base).saturating_mul(2_u32.saturating_pow(tries)).min(max);
            prop_assert!(wait(tries) <= whole && wait(tries) >= whole.mul_f64(0.49), "{tries}: {:?} of {whole:?}", wait(tries));
        }
    }

    #[test]
    fn retry_after_is_respected(response in refusal(), seed in any::<u64>(), now in 0..4_000_000_000_u64, max in 0..100_000_u64) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
        let max = Duration::from_secs(max);
        let policy = RetryPolicy::default().max_delay(max).seed(seed);
        let error = GetUserDetails::new("t").parse(&response).unwrap_err();
        let asked = error.retry_after().map_or(Duration::ZERO, |asked| asked.wait(now));
        match policy.after_response_error(0, &error, now) {
            Some(wait) => {
                prop_assert!(wait >= asked && wait <= max);
                let is_temporary = matches!(error.kind(), ErrorKind::RateLimited | ErrorKind::NotPlex) || matches!(error.status().as_u16(), 502..=504);
                prop_assert!(is_temporary);
            }
            None if asked > max => {}
            None => prop_assert!(error.kind() != ErrorKind::NotPlex && !matches!(error.status().as_u16(), 429 | 502..=504)),
        }
    }
}
