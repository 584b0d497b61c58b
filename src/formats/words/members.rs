//! Closed sets that know their members: a table that forgets one does not
//! compile, and a test can walk them all.

/// An enum with a list of its arms.
macro_rules! members {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $arm:ident,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$note])* $arm,)+
        }

        #[cfg(test)]
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$arm),+];
        }
    };
}

/// The same, of codes as messages spell them.
macro_rules! codes {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $arm:ident = $($code:literal)|+,)+ }) => {
        members! { $(#[$about])* $name { $($(#[$note])* $arm,)+ } }

        impl $name {
            pub fn of(code: &str) -> Option<Self> {
                match code {
                    $($($code)|+ => Some(Self::$arm),)+
                    _ => None,
                }
            }
        }
    };
}

pub(super) use {codes, members};
