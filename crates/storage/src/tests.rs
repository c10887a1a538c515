//! What both implementations must do, and the real one's errors.

use std::{path::Path, process, sync::Arc};

use super::{Disk, Error, Faulty, Storage};

fn both(test: impl Fn(&dyn Storage, &Path)) {
    let directory = tempfile::tempdir().unwrap();
    test(&Disk, directory.path());
    test(&Faulty::new(1), Path::new("/"));
}

#[test]
fn bytes_come_back_from_any_place() {
    both(|storage, root| {
        let path = root.join("file");
        let file = storage.create(&path).unwrap();
        file.write_at(3, b"abc").unwrap();
        let mut bytes = [9; 8];
        assert_eq!(file.read_at(0, &mut bytes).unwrap(), 6);
        assert_eq!(&bytes, b"\0\0\0abc\x09\x09");
        assert_eq!(file.read_at(100, &mut bytes).unwrap(), 0);
        file.set_len(4).unwrap();
        assert_eq!(storage.open_to_read(&path).unwrap().len().unwrap(), 4);
        assert_eq!(storage.create(&path).unwrap().len().unwrap(), 0);
        assert!(file.is_empty().unwrap(), "creating again empties the same file");
    });
}

#[test]
fn names_are_listed_moved_copied_and_removed() {
    both(|storage, root| {
        let directory = root.join("a/b");
        storage.create_directories(&directory, "the directory").unwrap();
        storage.create_directories(&directory, "the directory").unwrap();
        storage.create(&directory.join("two")).unwrap().write_at(0, &[7; 3_000_000]).unwrap();
        storage.create(&directory.join("one")).unwrap();
        assert_eq!(storage.list(&directory).unwrap(), ["one", "two"]);
        storage.copy(&directory.join("two"), &directory.join("three")).unwrap();
        storage.rename(&directory.join("three"), &directory.join("one")).unwrap();
        storage.remove(&directory.join("two")).unwrap();
        assert_eq!(storage.list(&directory).unwrap(), ["one"]);
        assert_eq!(storage.open(&directory.join("one")).unwrap().len().unwrap(), 3_000_000);
        assert!(storage.exists(&directory).unwrap());
        assert!(!storage.exists(&directory.join("two")).unwrap());
        storage.sync_directory(&directory, "the directory").unwrap();
    });
}

#[test]
fn a_file_with_two_names_is_there_until_both_are_gone() {
    both(|storage, root| {
        let (one, two) = (root.join("one"), root.join("two"));
        storage.create(&one).unwrap().write_at(0, b"abc").unwrap();
        assert!(storage.link(&one, &two).unwrap());
        assert!(storage.link(&one, &two).is_err(), "a name is given once");
        storage.open(&one).unwrap().write_at(3, b"d").unwrap();
        storage.remove(&one).unwrap();
        assert_eq!(storage.open_to_read(&two).unwrap().len().unwrap(), 4);
        assert!(matches!(storage.link(&one, &root.join("three")), Err(Error::NotFound { .. })));
    });
    let disk = Faulty::new(1);
    disk.allow_links(false);
    disk.create(Path::new("/one")).unwrap();
    assert!(!disk.link(Path::new("/one"), Path::new("/two")).unwrap());
    assert_eq!(disk.list(Path::new("/")).unwrap(), ["one"]);
}

#[test]
fn what_is_missing_is_named() {
    both(|storage, root| {
        let missing = root.join("none/file");
        for result in [
            storage.open(&missing).map(drop),
            storage.open_to_read(&missing).map(drop),
            storage.create(&missing).map(drop),
            storage.list(&missing).map(drop),
            storage.remove(&missing),
            storage.rename(&missing, &root.join("file")),
            storage.sync_directory(&missing, "the directory"),
        ] {
            match result {
                Err(Error::NotFound { path }) => assert_eq!(path, missing),
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn a_lock_is_exclusive_until_dropped() {
    both(|storage, root| {
        let path = root.join("lock");
        let lock = storage.lock(&path).unwrap();
        assert!(matches!(storage.lock(&path), Err(Error::Locked { .. })));
        drop(lock);
        storage.lock(&path).unwrap();
    });
}

#[test]
fn a_held_lock_names_the_process_and_the_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    let _lock = Disk.lock(&path).unwrap();
    let text = Disk.lock(&path).unwrap_err().to_string();
    let expected =
        format!("{}: locked by process {}; stop it, or use another directory", path.display(), process::id());
    assert_eq!(text, expected);
}

#[test]
fn a_full_device_is_its_own_kind() {
    let error = Disk.open(Path::new("/dev/full")).unwrap().write_at(0, b"x").unwrap_err();
    assert!(matches!(&error, Error::Full { path } if path == Path::new("/dev/full")), "{error}");
}

#[test]
fn handles_are_shared_between_threads() {
    both(|storage, root| {
        let file = storage.create(&root.join("file")).unwrap();
        std::thread::scope(|scope| {
            for part in 0..4_u8 {
                let file = Arc::clone(&file);
                scope.spawn(move || file.write_at(u64::from(part) * 100, &[part; 100]).unwrap());
            }
        });
        let mut bytes = [0; 400];
        assert_eq!(file.read_at(0, &mut bytes).unwrap(), 400);
        assert!(bytes.iter().enumerate().all(|(place, byte)| place / 100 == usize::from(*byte)));
    });
}
