//! [`Operation`]: one Plex endpoint as a value.

use http::{Request, Response};

use crate::client::ClientInfo;
use crate::error::{RequestError, ResponseError};

/// One Plex endpoint: how to build its request and how to parse its response.
///
/// An operation is a plain struct that holds its inputs. It does no IO: send the request with any HTTP client, and pass
/// the response to [`parse`](Operation::parse). The operations of this crate are in the crate root. To write your own,
/// see the example in [`decode`](crate::decode).
///
/// ```
/// use plexauth_proto::{ClientInfo, Operation, SignIn};
///
/// # fn send(_: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
/// #     let body = r#"{"id":1,"uuid":"9f0b","authToken":"hushhush"}"#;
/// #     http::Response::builder().status(201).body(body.into()).unwrap()
/// # }
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let sign_in = SignIn::new("me@example.com", "correct horse");
/// let request = sign_in.request(&info)?; // http::Request<Vec<u8>>
/// let response: http::Response<Vec<u8>> = send(request); // yours
/// let signed_in = sign_in.parse(&response)?; // SignedIn { token, account }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The HTTP client must not follow redirects, because it would send `X-Plex-Token` to the other host. Pass a 3xx
/// response to `parse`, which returns the error [`Redirected`](crate::ErrorKind::Redirected).
pub trait Operation {
    /// The result of a successful response.
    type Output;

    /// Returns the complete request, with its URL, headers and body.
    ///
    /// # Errors
    ///
    /// A [`RequestError`] if an input cannot be sent.
    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError>;

    /// The name for logs. The name of the type by default.
    fn name(&self) -> &'static str {
        type_name::<Self>()
    }

    /// Whether the request may be sent again if it is unknown whether it arrived. Requests with a method that is not
    /// idempotent are never sent again, whatever this returns.
    fn is_repeatable(&self) -> bool {
        true
    }

    /// Parses the response to the request.
    ///
    /// # Errors
    ///
    /// A [`ResponseError`] if Plex refused the request, or the response lacks the expected data.
    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Self::Output, ResponseError>;
}

impl<O: Operation> Operation for &O {
    type Output = O::Output;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        (**self).request(info)
    }

    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn is_repeatable(&self) -> bool {
        (**self).is_repeatable()
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<O::Output, ResponseError> {
        (**self).parse(response)
    }
}

/// The name of a type without its path, references and parameters.
pub(crate) fn type_name<T: ?Sized>() -> &'static str {
    let whole = std::any::type_name::<T>();
    let whole = whole.split('<').next().unwrap_or(whole);
    whole.rsplit("::").next().unwrap_or(whole).trim_start_matches('&')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::{LinkPin, Ping};

    #[test]
    fn reference_to_an_operation_is_an_operation() {
        let info = ClientInfo::new("id-1", "App").unwrap();
        let (ping, link) = (&&Ping::new("t"), &&LinkPin::new("t", "AB12"));
        let request = Operation::request(ping, &info).unwrap();
        assert_eq!((request.method().as_str(), request.uri().path()), ("GET", "/api/v2/ping"));
        let request = Operation::request(link, &info).unwrap();
        assert_eq!(request.body(), b"code=AB12");
        assert_eq!((Operation::is_repeatable(ping), Operation::is_repeatable(link)), (true, false));
        assert_eq!(Operation::name(ping), "Ping");
        assert!(Operation::parse(ping, &Response::new("")).is_ok());
    }

    #[test]
    fn type_name_has_no_path_and_no_parameters() {
        assert_eq!(type_name::<Ping>(), "Ping");
        assert_eq!(type_name::<Vec<Ping>>(), "Vec");
        assert_eq!(type_name::<&u8>(), "u8");
    }
}
