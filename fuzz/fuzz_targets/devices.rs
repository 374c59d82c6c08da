#![no_main]
//! Devices as a Media Server describes them.

use libfuzzer_sys::fuzz_target;
use plexauth_fuzz::{SECRET, read, server, source};
use plexauth_proto::GetSourceConnectionInformation;

fuzz_target!(|body: &[u8]| {
    read(&GetSourceConnectionInformation::new(server(), SECRET, source()), body);
});
