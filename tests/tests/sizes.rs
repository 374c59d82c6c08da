//! Size limits, in bytes, for types and futures that programs keep in large numbers or move.

use plexauth_proto::lenient::Words;
use plexauth_proto::model::Account;
use plexauth_proto::{Attempt, ClientInfo, GetUserDetails};

#[test]
fn types_and_futures_are_small() {
    let info = ClientInfo::new("id-1", "App").unwrap();
    let user = GetUserDetails::new("hushhush");
    let reqwest = plexauth_reqwest::Client::new(info.clone()).unwrap();
    let hyper = plexauth_hyper::Client::new(info).unwrap();
    // The span and its start time.
    let traced = if cfg!(feature = "tracing") { 256 } else { 0 };
    for (name, size, limit) in [
        ("words", size_of::<Words>(), 8),
        ("an account", size_of::<Account>(), 848),
        ("an attempt", size_of::<Attempt<GetUserDetails>>(), 136),
        ("a request over reqwest", size_of_val(&reqwest.send(&user)), 2048 + traced),
        ("a request over hyper", size_of_val(&hyper.send(&user)), 2048 + traced),
    ] {
        assert!(size <= limit, "{name}: {size} bytes, more than {limit}");
    }
}
