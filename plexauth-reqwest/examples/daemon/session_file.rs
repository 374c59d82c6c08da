//! Stores a session in a file that only its owner can read.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use plexauth_reqwest::{ClientInfo, RequestError, SavedSession, Session};

/// Replaces the file atomically. The temporary file has mode 0600.
pub(crate) fn store(path: &Path, saved: &SavedSession) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut file, saved)?;
    file.flush()?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Returns `None` if there is no file yet. `info` creates the client with the identifier of the session.
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
