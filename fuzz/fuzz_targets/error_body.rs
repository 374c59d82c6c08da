#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plexauth_fuzz::targets::error_body::run(data));
