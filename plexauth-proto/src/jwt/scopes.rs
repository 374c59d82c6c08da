use std::fmt;
use std::str::FromStr;

/// Account data that a token includes. Source: Plex's description of its JWT authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// `username`
    Username,
    /// `email`
    Email,
    /// `friendly_name`
    FriendlyName,
    /// `restricted`: whether the account is a managed user.
    Restricted,
    /// `anonymous`
    Anonymous,
    /// `joinedAt`
    JoinedAt,
}

impl Scope {
    const ALL: [Self; 6] =
        [Self::Username, Self::Email, Self::FriendlyName, Self::Restricted, Self::Anonymous, Self::JoinedAt];

    /// The name of the scope in Plex's API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::FriendlyName => "friendly_name",
            Self::Restricted => "restricted",
            Self::Anonymous => "anonymous",
            Self::JoinedAt => "joinedAt",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that contains something else than the names of [`Scope`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it contains an unknown scope; use username, email, friendly_name, restricted, anonymous or joinedAt"
)]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text.trim()).ok_or(UnknownScope)
    }
}

/// A set of [`Scope`]s: all of them by default.
///
/// ```
/// use plexauth_proto::jwt::{Scope, Scopes};
///
/// assert_eq!(Scopes::all().to_string(), "username,email,friendly_name,restricted,anonymous,joinedAt");
/// let scopes: Scopes = [Scope::Email, Scope::Username].into_iter().collect();
/// assert_eq!(scopes.to_string(), "username,email");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// No scopes: the token includes no account data.
    #[must_use]
    pub const fn none() -> Self {
        Self(0)
    }

    /// All scopes.
    #[must_use]
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// The known scopes of a comma-separated list.
    pub(crate) fn of_words(text: &str) -> Self {
        text.split(',').filter_map(|word| word.parse::<Scope>().ok()).collect()
    }

    /// Whether the set contains a scope.
    #[must_use]
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The scopes, in the order of Plex's description.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl Default for Scopes {
    fn default() -> Self {
        Self::all()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

/// Writes a comma-separated list, the format that Plex expects.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

/// Reads a comma-separated list, which may be empty.
impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        text.split(',').filter(|word| !word.trim().is_empty()).map(str::parse::<Scope>).collect()
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_ordered_and_unique() {
        let scopes: Scopes = [Scope::JoinedAt, Scope::Email, Scope::Email].into_iter().collect();
        assert_eq!(scopes.iter().collect::<Vec<_>>(), [Scope::Email, Scope::JoinedAt]);
        assert!(scopes.contains(Scope::Email) && !scopes.contains(Scope::Username));
        assert_eq!(
            (scopes.to_string().as_str(), format!("{scopes:?}").as_str()),
            ("email,joinedAt", "{Email, JoinedAt}")
        );
        assert_eq!(
            (Scopes::none().to_string().as_str(), Scope::JoinedAt.to_string().as_str()),
            ("", "joinedAt")
        );
        for scopes in [scopes, Scopes::none(), Scopes::all()] {
            assert_eq!(
                (scopes.to_string().parse(), Scopes::of_words(&scopes.to_string())),
                (Ok(scopes), scopes)
            );
        }
        let email: Scopes = [Scope::Email].into_iter().collect();
        assert_eq!((" email , email".parse(), Scopes::of_words("email,of tomorrow")), (Ok(email), email));
        let error = "email,of tomorrow".parse::<Scopes>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "it contains an unknown scope; use username, email, friendly_name, restricted, anonymous or joinedAt"
        );
        assert_eq!(Scopes::default().iter().count(), 6);
    }
}
