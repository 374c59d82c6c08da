//! The conformance kit, on the adapters, on the core without an HTTP stack, and on the transport of the example.
//!
//! To add a case, write a function in a module of `tests/src/conformance` and list it in `conformance.rs` there.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Response;
use libtest_mimic::{Arguments, Failed, Trial};
use plexauth_proto::{ClientInfo, Limits, Outgoing, RetryPolicy, Transport, TransportError};
use plexauth_testing::Plex;
use plexauth_testing::conformance::{Case, Setup, cases, faults};

#[path = "../examples/own_transport/attohttpc.rs"]
mod attohttpc_transport;

use attohttpc_transport::Attohttpc;

macro_rules! client {
    ($adapter:ident, $setup:expr) => {{
        let builder =
            $adapter::Client::builder($setup.info.clone()).limits($setup.limits).retry(RetryPolicy::none());
        match &$setup.root_certificate {
            Some(root) => builder.root_certificate(root.clone()),
            None => builder,
        }
    }};
}

fn reqwest(setup: &Setup) -> plexauth_reqwest::Client {
    client!(plexauth_reqwest, setup).build().unwrap()
}

fn ureq(setup: &Setup) -> plexauth_ureq::Client {
    client!(plexauth_ureq, setup).build().unwrap()
}

fn hyper(setup: &Setup) -> plexauth_hyper::Client {
    client!(plexauth_hyper, setup).build().unwrap()
}

/// A router in memory, without sockets.
fn tower(setup: &Setup) -> plexauth_hyper::Client<axum::Router> {
    client!(plexauth_hyper, setup).build_with(setup.plex.router())
}

/// No HTTP stack. Waiting advances the simulator's clock. The clock of the flows is a day behind it, which must not matter.
struct Core(ClientInfo, Limits, Arc<Plex>);

impl Transport for Core {
    fn info(&self) -> &ClientInfo {
        &self.0
    }

    fn now(&self) -> SystemTime {
        self.2.world().now() - Duration::from_secs(86_400)
    }

    async fn sleep(&self, time: Duration) {
        self.2.world().advance(time);
    }

    async fn exchange(&self, outgoing: Outgoing) -> Result<Response<Vec<u8>>, TransportError> {
        let (parts, body) = self.2.answer(outgoing.request).into_parts();
        let mut response = self.1.limited_response(parts);
        response.push(&body)?;
        Ok(response.finish())
    }
}

fn core(setup: &Setup) -> Core {
    Core(setup.info.clone(), setup.limits, Arc::clone(&setup.plex))
}

fn attohttpc(setup: &Setup) -> Attohttpc {
    let Setup { info, limits, root_certificate, .. } = setup.clone();
    // attohttpc needs one if several are compiled in. An error means that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Attohttpc { info, limits, root_certificate }
}

fn trials(transport: &str, cases: Vec<Case>) -> impl Iterator<Item = Trial> {
    cases.into_iter().map(move |case| {
        Trial::test(format!("conformance::{transport}::{}", case.name()), move || {
            case.run();
            Ok::<(), Failed>(())
        })
    })
}

fn main() {
    let mut all = Vec::new();
    all.extend(trials("reqwest", [cases(reqwest), faults(reqwest)].concat()));
    all.extend(trials("ureq", [cases(ureq), faults(ureq)].concat()));
    all.extend(trials("hyper", [cases(hyper), faults(hyper)].concat()));
    all.extend(trials("tower", cases(tower)));
    all.extend(trials("core", cases(core)));
    all.extend(trials("attohttpc", [cases(attohttpc), faults(attohttpc)].concat()));
    let mut arguments = Arguments::from_args();
    // Many mostly wait, so more of them can run at once than there are cores.
    arguments.test_threads = arguments.test_threads.or(Some(16));
    libtest_mimic::run(&arguments, all).exit();
}
