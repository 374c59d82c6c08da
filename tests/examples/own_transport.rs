//! A custom transport over attohttpc: `exchange` sends one request, and `drive` is the same loop as in every adapter.
//!
//! Run it against a simulated Plex with `cargo run --example own_transport`.

#![allow(clippy::print_stdout, reason = "an example")]

use std::io::{self, Read};
use std::time::SystemTime;

use attohttpc::{ErrorKind, ProxySettings, RequestBuilder};
use http::Response;
use plexauth_proto::{
    Attempt, ClientInfo, CreatePin, Error, Flow, GetUserDetails, Limits, Outgoing, RetryPolicy, Step,
    TransportError, TransportErrorKind,
};
use plexauth_tests::Simulator;

/// Sends one request without following redirects, which would leak the token, and enforces the limits on time and size.
fn exchange(limits: Limits, outgoing: Outgoing) -> Result<Response<Vec<u8>>, TransportError> {
    let timeout = limits.timeout_for(&outgoing);
    let (parts, body) = outgoing.request.into_parts();
    let mut builder = RequestBuilder::try_new(parts.method, parts.uri.to_string())
        .map_err(failed)?
        .follow_redirects(false)
        .proxy_settings(ProxySettings::builder().build())
        .connect_timeout(limits.connect_timeout)
        .timeout(timeout);
    for (name, value) in &parts.headers {
        builder = builder.header(name, value);
    }
    let (status, headers, mut body) = builder.bytes(body).send().map_err(failed)?.split();
    let mut parts = Response::new(()).into_parts().0;
    (parts.status, parts.headers) = (status, headers);
    let mut response = limits.limited_response(parts);
    let mut buffer = [0; 8192];
    loop {
        let length =
            body.read(&mut buffer).map_err(|error| TransportError::new(TransportErrorKind::Broken, error))?;
        match buffer.get(..length) {
            None | Some([]) => return Ok(response.finish()),
            Some(chunk) => response.push(chunk)?,
        }
    }
}

/// The kind determines whether the request is retried.
fn failed(error: attohttpc::Error) -> TransportError {
    let kind = match error.kind() {
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            TransportErrorKind::Connect
        }
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::TimedOut => TransportErrorKind::Timeout,
        ErrorKind::Tls(_) => TransportErrorKind::Tls,
        _ => TransportErrorKind::Broken,
    };
    TransportError::new(kind, error)
}

fn drive<F: Flow>(limits: Limits, mut flow: F) -> Result<F::Output, Error> {
    loop {
        match flow.poll(SystemTime::now()) {
            Step::Send(outgoing) => flow.handle(exchange(limits, outgoing), SystemTime::now()),
            Step::Wait(time) => std::thread::sleep(time),
            Step::Done(result) => return result,
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::start();
    let info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth transport");
    let info = info.api_at(simulator.plex_tv_url().parse()?).build()?;
    let (limits, policy) = (Limits::default(), RetryPolicy::default());

    let pin = drive(limits, Attempt::new(CreatePin::short(), &info, policy))?;
    simulator.world().approve_pin(pin.id, 0);
    let token = drive(limits, pin.login(&info))?;
    let account = drive(limits, Attempt::new(GetUserDetails::new(&token), &info, policy))?;
    println!("Hello, {}.", account.display_name().unwrap_or("stranger"));
    Ok(())
}
