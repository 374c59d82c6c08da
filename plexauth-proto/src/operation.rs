//! [`Operation`]: one Plex endpoint as a value.

use http::{Request, Response};

use crate::client::ClientInfo;
use crate::error::{RequestError, ResponseError};

/// One Plex endpoint: how to ask, and how to understand the answer.
///
/// An operation is a plain struct that holds its inputs. It opens no socket: give the request to any HTTP client,
/// and the response back to [`parse`](Operation::parse). The operations of this crate are in
/// the crate's root; anybody can write another: [`decode`](crate::decode) reads responses, and shows how.
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
/// Whoever sends the request must not follow redirects: HTTP libraries carry `X-Plex-Token` along to the other host.
/// Hand a 3xx to `parse`, which makes it the error [`Redirected`](crate::ErrorKind::Redirected).
pub trait Operation {
    /// What a successful response means.
    type Output;

    /// The request to send: complete, with its URL, headers and body.
    ///
    /// # Errors
    ///
    /// A [`RequestError`] if the inputs cannot be put into a request; nothing needs to be sent to find that out.
    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError>;

    /// What it is called in logs: the name of its type unless it says otherwise.
    fn name(&self) -> &'static str {
        type_name::<Self>()
    }

    /// Whether the request may be sent again where nobody knows if it arrived. What is not idempotent by its HTTP method
    /// is never sent again, whatever this says.
    fn is_repeatable(&self) -> bool {
        true
    }

    /// What the response to that request means.
    ///
    /// # Errors
    ///
    /// A [`ResponseError`] if Plex refused, or answered something that the output cannot be had from.
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

/// The name of a type without its path, its references and its parameters.
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
    fn a_reference_is_as_good_as_the_operation() {
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
