#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plexauth_fuzz::targets::date::run(data));
