-- The spine: conversations, consultations, and the journal of paid calls.
--
-- Every table is ordered by `number`; ids are text made by the caller. Times are milliseconds since
-- 1970 UTC. Money is integer pico-dollars; NULL is unknown, never zero. Long texts stand last in
-- their row, so that lists read none of their pages. Kinds that will grow (job, step) have no CHECK
-- of their values, since SQLite can only change one by rebuilding the table.

PRAGMA application_id = 1296714835; -- "MJLS"

CREATE TABLE settings (
    key        TEXT NOT NULL PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 200),
    updated_at INTEGER NOT NULL,
    value      TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
    number     INTEGER NOT NULL PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    pinned     INTEGER NOT NULL CHECK (pinned IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    title      TEXT NOT NULL
) STRICT;
CREATE INDEX conversations_by_pinned ON conversations (pinned, number);

-- A removed channel is hidden, not deleted: what was asked and paid in it stays.
CREATE TABLE channels (
    number       INTEGER NOT NULL PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    conversation INTEGER NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
    model        TEXT NOT NULL,
    position     INTEGER NOT NULL CHECK (position >= 0),
    removed_at   INTEGER
) STRICT;
CREATE INDEX channels_by_conversation ON channels (conversation, position);
CREATE UNIQUE INDEX channels_shown ON channels (conversation, position) WHERE removed_at IS NULL;

-- `owner` is the process that works on the job; its lock file is run/OWNER.lock. `subject` is the
-- conversation's or consultation's id, without a foreign key: deleting what was said does not
-- delete what was paid.
CREATE TABLE jobs (
    number      INTEGER NOT NULL PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    owner       TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('running', 'finished', 'failed', 'cancelled', 'interrupted')),
    created_at  INTEGER NOT NULL,
    finished_at INTEGER,
    CHECK ((state = 'running') = (finished_at IS NULL))
) STRICT;
CREATE INDEX jobs_running ON jobs (owner) WHERE state = 'running';
CREATE INDEX jobs_by_subject ON jobs (subject);

CREATE TABLE steps (
    number     INTEGER NOT NULL PRIMARY KEY,
    job        INTEGER NOT NULL REFERENCES jobs (number) ON DELETE RESTRICT,
    seq        INTEGER NOT NULL CHECK (seq >= 1),
    kind       TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('sent', 'settled', 'failed', 'cancelled', 'unknown')),
    UNIQUE (job, seq)
) STRICT;

CREATE TABLE calls (
    number                INTEGER NOT NULL PRIMARY KEY,
    id                    TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    step                  INTEGER NOT NULL REFERENCES steps (number) ON DELETE RESTRICT,
    attempt               INTEGER NOT NULL CHECK (attempt >= 1),
    provider              TEXT NOT NULL,
    model                 TEXT NOT NULL,
    response_model        TEXT,
    request_hash          TEXT NOT NULL,
    state                 TEXT NOT NULL CHECK (state IN ('intent', 'settled', 'failed', 'cancelled', 'unknown')),
    estimate_pusd         INTEGER CHECK (estimate_pusd >= 0),
    reserved_pusd         INTEGER CHECK (reserved_pusd >= 0),
    cost_pusd             INTEGER CHECK (cost_pusd >= 0),
    fresh_tokens          INTEGER CHECK (fresh_tokens >= 0),
    cache_read_tokens     INTEGER CHECK (cache_read_tokens >= 0),
    cache_write_5m_tokens INTEGER CHECK (cache_write_5m_tokens >= 0),
    cache_write_1h_tokens INTEGER CHECK (cache_write_1h_tokens >= 0),
    output_tokens         INTEGER CHECK (output_tokens >= 0),
    reasoning_tokens      INTEGER CHECK (reasoning_tokens >= 0),
    finish_reason         TEXT,
    first_token_ms        INTEGER CHECK (first_token_ms >= 0),
    duration_ms           INTEGER CHECK (duration_ms >= 0),
    created_at            INTEGER NOT NULL,
    settled_at            INTEGER,
    error_kind            TEXT,
    error_message         TEXT,
    price                 TEXT CHECK (price IS NULL OR json_valid(price)),
    UNIQUE (step, attempt),
    CHECK ((state = 'intent') = (settled_at IS NULL)),
    CHECK ((error_kind IS NULL) = (error_message IS NULL)),
    -- A reservation holds money back only while the call is open.
    CHECK (state = 'intent' OR reserved_pusd IS NULL),
    -- All classes are known or none is.
    CHECK ((fresh_tokens IS NULL) = (cache_read_tokens IS NULL)
       AND (fresh_tokens IS NULL) = (cache_write_5m_tokens IS NULL)
       AND (fresh_tokens IS NULL) = (cache_write_1h_tokens IS NULL)
       AND (fresh_tokens IS NULL) = (output_tokens IS NULL)
       AND (fresh_tokens IS NULL) = (reasoning_tokens IS NULL))
) STRICT;

-- What came of an answer that is not whole yet. Emptied when the call is settled.
CREATE TABLE call_chunks (
    call      INTEGER NOT NULL REFERENCES calls (number) ON DELETE CASCADE,
    seq       INTEGER NOT NULL CHECK (seq >= 0),
    text      TEXT NOT NULL,
    reasoning TEXT NOT NULL,
    PRIMARY KEY (call, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    number     INTEGER NOT NULL PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    channel    INTEGER NOT NULL REFERENCES channels (number) ON DELETE CASCADE,
    parent     INTEGER REFERENCES messages (number) ON DELETE SET NULL,
    seq        INTEGER NOT NULL CHECK (seq >= 1),
    role       TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant', 'tool')),
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'streaming', 'complete', 'cancelled', 'failed', 'interrupted')),
    call       INTEGER REFERENCES calls (number) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    notice     TEXT CHECK (notice IS NULL OR json_valid(notice)),
    parts      TEXT NOT NULL CHECK (json_valid(parts)),
    UNIQUE (channel, seq)
) STRICT;
CREATE INDEX messages_by_parent ON messages (parent);
CREATE INDEX messages_by_call ON messages (call) WHERE call IS NOT NULL;

-- `title` is the beginning of the question, so that lists need not read a question of megabytes.
CREATE TABLE consultations (
    number          INTEGER NOT NULL PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    status          TEXT NOT NULL CHECK (status IN ('running', 'complete', 'degraded', 'single', 'failed', 'interrupted', 'cancelled')),
    created_at      INTEGER NOT NULL,
    finished_at     INTEGER,
    title           TEXT NOT NULL,
    analysis_schema INTEGER,
    analysis_method TEXT,
    question        TEXT NOT NULL,
    context         TEXT,
    prompt          TEXT NOT NULL,
    analysis        TEXT CHECK (analysis IS NULL OR json_valid(analysis)),
    CHECK ((status = 'running') = (finished_at IS NULL)),
    CHECK ((analysis IS NULL) = (analysis_schema IS NULL) AND (analysis IS NULL) = (analysis_method IS NULL))
) STRICT;

CREATE TABLE members (
    number       INTEGER NOT NULL PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    consultation INTEGER NOT NULL REFERENCES consultations (number) ON DELETE CASCADE,
    position     INTEGER NOT NULL CHECK (position >= 0),
    kind         TEXT NOT NULL CHECK (kind IN ('model', 'pasted')),
    model        TEXT,
    sample       INTEGER CHECK (sample >= 1),
    demo         INTEGER NOT NULL CHECK (demo IN (0, 1)),
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'streaming', 'complete', 'cancelled', 'failed', 'interrupted')),
    call         INTEGER REFERENCES calls (number) ON DELETE SET NULL,
    label        TEXT NOT NULL,
    notice       TEXT CHECK (notice IS NULL OR json_valid(notice)),
    parts        TEXT NOT NULL CHECK (json_valid(parts)),
    UNIQUE (consultation, position),
    CHECK ((kind = 'model') = (model IS NOT NULL))
) STRICT;
CREATE INDEX members_by_call ON members (call) WHERE call IS NOT NULL;
