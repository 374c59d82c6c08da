//! A session in a file that only its owner can read, replaced as a whole or not at all.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use plexauth_reqwest::session::SavedSession;
use plexauth_reqwest::{ClientInfo, RequestError, Session};

/// A temporary file beside it, which is made with mode 0600, takes its place in one step.
pub(crate) fn store(path: &Path, session: &Session) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut file, &session.to_saved())?;
    file.flush()?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Nothing, if there is no file yet. `info` makes the client for the identifier that the session was begun with.
pub(crate) fn load(
    path: &Path,
    info: impl Fn(&str) -> Result<ClientInfo, RequestError>,
) -> crate::Result<Option<Session>> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        bytes => bytes?,
    };
    let saved: SavedSession = serde_json::from_slice(&bytes)?;
    Ok(Some(Session::from_saved(&saved, &info(saved.client_identifier())?)?))
}
