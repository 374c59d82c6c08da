use std::fmt;

/// What a request is for, in words for a log: see [`Flow::current_exchange`](crate::Flow::current_exchange).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// The name of the operation, such as `GetUserDetails`: see [`Operation::name`](crate::Operation::name).
    pub operation: &'static str,
    /// 1 for the first try, 2 for the first repetition of it.
    pub attempt: u32,
}

impl Exchange {
    /// The first try of an operation.
    #[must_use]
    pub const fn new(operation: &'static str) -> Self {
        Self { operation, attempt: 1 }
    }

    /// The same after so many tries that came to nothing.
    #[must_use]
    pub const fn after(self, tries: u32) -> Self {
        Self { attempt: tries.saturating_add(1), ..self }
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, attempt {}", self.operation, self.attempt)
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

    #[test]
    fn a_name_has_no_path_and_no_parameters() {
        assert_eq!(type_name::<crate::GetUserDetails>(), "GetUserDetails");
        assert_eq!(type_name::<crate::Attempt<crate::Ping>>(), "Attempt");
        assert_eq!(type_name::<&u8>(), "u8");
    }

    #[test]
    fn tries_are_counted_from_one() {
        assert_eq!(Exchange::new("Ping").to_string(), "Ping, attempt 1");
        assert_eq!(Exchange::new("Ping").after(2), Exchange { operation: "Ping", attempt: 3 });
        assert_eq!(Exchange::new("Ping").after(u32::MAX).attempt, u32::MAX);
    }
}
