//! From ureq's errors to the kinds of [`TransportError`].

use std::io;

use plexauth_proto::{TransportError, TransportErrorKind};
use ureq::Timeout;

/// An error after the head of the response has arrived, so there was a connection.
pub(crate) fn failed_later(error: ureq::Error) -> TransportError {
    match failed(error) {
        error if error.kind().is_connect() => error.with_kind(TransportErrorKind::Broken),
        error => error,
    }
}

pub(crate) fn failed(error: ureq::Error) -> TransportError {
    let kind = match error {
        // These two show the address.
        ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_) => {
            let source = "ureq does not accept the address, or requires https";
            return TransportError::new(TransportErrorKind::Connect, source);
        }
        // ureq's error does not return these two as its source.
        ureq::Error::Io(error) => return TransportError::new(kind_of_io(&error), error),
        ureq::Error::Rustls(error) => return TransportError::new(kind_of_tls(&error), error),
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => TransportErrorKind::ConnectTimeout,
        ureq::Error::Timeout(_) => TransportErrorKind::Timeout,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_) => {
            TransportErrorKind::Connect
        }
        ureq::Error::Tls(_) => TransportErrorKind::Tls,
        _ => TransportErrorKind::Broken,
    };
    TransportError::new(kind, error)
}

/// ureq does not say whether an IO error occurred while connecting, so its kind decides.
pub(crate) fn kind_of_io(error: &io::Error) -> TransportErrorKind {
    use io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return kind_of_tls(error);
    }
    match error.kind() {
        ConnectionRefused | HostUnreachable | NetworkUnreachable | AddrNotAvailable => {
            TransportErrorKind::Connect
        }
        _ if is_failed_lookup(error) => TransportErrorKind::Connect,
        _ => TransportErrorKind::Broken,
    }
}

/// The standard library has no kind for a failed DNS lookup. This is its message on Unix, and the error codes of Windows, which
/// other systems do not have.
fn is_failed_lookup(error: &io::Error) -> bool {
    error.to_string().starts_with("failed to lookup address information")
        || matches!(error.raw_os_error(), Some(11_001..=11_004))
}

/// The errors of a handshake. Any other error occurs on an established connection, when a request may have been sent.
fn kind_of_tls(error: &rustls::Error) -> TransportErrorKind {
    use rustls::AlertDescription::{
        HandshakeFailure, InsufficientSecurity, NoApplicationProtocol, ProtocolVersion, UnrecognisedName,
    };
    use rustls::Error::{
        AlertReceived, InvalidCertificate, InvalidMessage, NoCertificatesPresented, PeerIncompatible,
    };
    match error {
        AlertReceived(
            HandshakeFailure
            | InsufficientSecurity
            | NoApplicationProtocol
            | ProtocolVersion
            | UnrecognisedName,
        )
        | InvalidCertificate(_)
        | InvalidMessage(_)
        | NoCertificatesPresented
        | PeerIncompatible(_) => TransportErrorKind::Tls,
        _ => TransportErrorKind::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An alert can arrive at any time, and a request may have been sent by then.
    #[test]
    fn only_handshake_errors_are_connect_errors() {
        use rustls::{AlertDescription, CertificateError};
        let tls = |error: rustls::Error| ureq::Error::Io(io::Error::new(io::ErrorKind::InvalidData, error));
        let expired = || rustls::Error::InvalidCertificate(CertificateError::Expired);
        assert_eq!(failed(tls(expired())).kind(), TransportErrorKind::Tls);
        assert_eq!(failed(ureq::Error::Rustls(expired())).kind(), TransportErrorKind::Tls);
        assert_eq!(failed(ureq::Error::Tls("no name")).kind(), TransportErrorKind::Tls);
        for none in [ureq::Error::HostNotFound, ureq::Error::ConnectionFailed] {
            assert_eq!(failed(none).kind(), TransportErrorKind::Connect);
        }
        let alert = |alert| tls(rustls::Error::AlertReceived(alert));
        assert_eq!(failed(alert(AlertDescription::HandshakeFailure)).kind(), TransportErrorKind::Tls);
        for later in [AlertDescription::InternalError, AlertDescription::CertificateRequired] {
            assert_eq!(failed(alert(later)).kind(), TransportErrorKind::Broken);
        }
        assert_eq!(failed_later(tls(expired())).kind(), TransportErrorKind::Broken, "the response had begun");
        assert_eq!(failed_later(ureq::Error::Timeout(Timeout::RecvBody)).kind(), TransportErrorKind::Timeout);
    }

    #[test]
    fn failed_lookup_is_a_failure_to_connect() {
        use std::net::ToSocketAddrs;
        let too_long = "a".repeat(300);
        let lookup = (too_long.as_str(), 80).to_socket_addrs().err().unwrap();
        for error in [lookup, io::Error::from_raw_os_error(11_001)] {
            assert_eq!(kind_of_io(&error), TransportErrorKind::Connect, "{error}");
        }
        assert_eq!(kind_of_io(&io::Error::other("lost")), TransportErrorKind::Broken);
    }

    #[test]
    fn address_is_not_shown() {
        for error in [
            ureq::Error::BadUri("h/?pin=9876".into()),
            ureq::Error::RequireHttpsOnly("http://h/?pin=9876".into()),
        ] {
            let error = failed(error);
            let shown = format!("{error} {error:?}");
            assert!(error.kind().is_connect() && !shown.contains("9876"), "{shown}");
        }
    }
}
