//! Paths: ours while we have them, and nobody's harm (rule 8).

use std::os::unix::net::{UnixListener, UnixStream};

use super::*;

fn bind_error(path: &Path) -> BindError {
    UnixBinding::bind(path).map(|_| ()).unwrap_err()
}

#[test]
fn a_path_that_someone_answers_on_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let other = UnixListener::bind(&path).unwrap();
    assert_eq!(bind_error(&path), BindError::Taken);
    assert!(UnixStream::connect(&path).is_ok(), "and stays theirs");
    drop(other);

    let ours = UnixBinding::bind(&path).unwrap();
    assert_eq!(bind_error(&path), BindError::Taken, "also when it is another of ours");
    assert_eq!(ours.path.as_path(), path);
}

#[test]
fn a_dead_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "whoever had it left it behind");
    let ours = UnixBinding::bind(&path).unwrap();
    let _client = UnixStream::connect(&path).unwrap();
    let (listener, _path) = ours.into_parts();
    assert!(rustix::net::accept(&listener).is_ok());
}

#[test]
fn what_is_not_a_socket_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes");
    std::fs::write(&path, "precious").unwrap();
    assert_eq!(bind_error(&path), BindError::NotASocket(path.clone()));
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");

    // Nor is a link followed, whatever it points to.
    let (link, target) = (folder.path().join("link"), folder.path().join("target"));
    drop(UnixListener::bind(&target).unwrap());
    std::os::unix::fs::symlink(&target, &link).unwrap();
    assert_eq!(bind_error(&link), BindError::NotASocket(link.clone()));
}

#[test]
fn a_path_that_cannot_be_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/socket");
    assert_eq!(bind_error(&missing), BindError::NoSuchAddress);
    let too_long = folder.path().join("x".repeat(200));
    assert_eq!(bind_error(&too_long), BindError::System(Errno::INVAL));
}

#[test]
fn the_path_goes_with_the_binding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    drop(UnixBinding::bind(&path).unwrap());
    assert!(!path.exists());

    let removed_by_hand = UnixBinding::bind(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    drop(removed_by_hand);
    assert!(!path.exists());
}

#[test]
fn a_path_that_a_successor_took_over_is_left_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let (socket, ours) = UnixBinding::bind(&path).unwrap().into_parts();
    drop(socket);
    let successor = UnixBinding::bind(&path).unwrap();
    drop(ours);
    assert!(UnixStream::connect(&path).is_ok());
    drop(successor);
    assert!(!path.exists());
}
