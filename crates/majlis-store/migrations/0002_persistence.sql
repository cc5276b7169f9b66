-- Everything a person asked, was answered and paid, kept whole: branches, later rounds, claims,
-- reviews, audits, verdicts; prices by date, budgets, alerts; and the full-text index.

-- Branches. Messages of a channel form a tree by `parent`; what is shown and sent is the path that
-- ends at `head`. `seq` is the order in which they were written.
ALTER TABLE channels ADD COLUMN head INTEGER REFERENCES messages (number) ON DELETE SET NULL;
UPDATE channels SET head = (SELECT number FROM messages WHERE channel = channels.number ORDER BY seq DESC LIMIT 1);

CREATE INDEX messages_first ON messages (channel) WHERE parent IS NULL;

-- `source` says where an imported conversation is from; NULL was made here.
ALTER TABLE conversations ADD COLUMN source TEXT;
ALTER TABLE consultations ADD COLUMN source TEXT;
-- The model of a message that has no call, because it was imported.
ALTER TABLE messages ADD COLUMN model TEXT;
-- What the provider or the imported file gave besides text, unread, for whoever needs it later.
ALTER TABLE messages ADD COLUMN raw TEXT CHECK (raw IS NULL OR json_valid(raw));

-- Messages are append-only: once an answer is over, nobody rewrites it.
CREATE TRIGGER messages_append_only BEFORE UPDATE OF parts, role, channel, parent ON messages
WHEN OLD.state NOT IN ('waiting', 'streaming')
 AND (NEW.parts IS NOT OLD.parts OR NEW.role IS NOT OLD.role OR NEW.channel IS NOT OLD.channel
      OR (NEW.parent IS NOT OLD.parent AND NEW.parent IS NOT NULL))
BEGIN SELECT RAISE(ABORT, 'a message that is over cannot be rewritten'); END;

-- Prices by date: each price row a call was ever priced with, once.
CREATE TABLE prices (
    number        INTEGER NOT NULL PRIMARY KEY,
    first_used_at INTEGER NOT NULL,
    price         TEXT NOT NULL UNIQUE CHECK (json_valid(price))
) STRICT;
INSERT INTO prices (first_used_at, price)
SELECT min(created_at), price FROM calls WHERE price IS NOT NULL GROUP BY price ORDER BY min(number);
ALTER TABLE calls ADD COLUMN price_row INTEGER REFERENCES prices (number) ON DELETE RESTRICT;
UPDATE calls SET price_row = (SELECT number FROM prices WHERE prices.price = calls.price) WHERE price IS NOT NULL;
ALTER TABLE calls DROP COLUMN price;
-- The ledger by time, with all that a budget asks; a model's own history; reservations still open.
CREATE INDEX calls_by_time ON calls (created_at, state, cost_pusd, estimate_pusd);
CREATE INDEX calls_by_model ON calls (model);
CREATE INDEX calls_reserved ON calls (reserved_pusd) WHERE reserved_pusd IS NOT NULL;

-- Caps on what may be spent.
CREATE TABLE budgets (
    period     TEXT NOT NULL PRIMARY KEY CHECK (period IN ('run', 'day', 'month')),
    limit_pusd INTEGER NOT NULL CHECK (limit_pusd >= 0),
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Models without a known price that may be called although a cap applies.
CREATE TABLE uncapped_models (
    model    TEXT NOT NULL PRIMARY KEY,
    added_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A request that was made twice with one key is carried out once.
CREATE TABLE idempotency_keys (
    key          TEXT NOT NULL PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 200),
    request_hash TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    reply        TEXT NOT NULL CHECK (json_valid(reply))
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);

-- How a consultation is to be held, and what came of it after its first round; NULL where only the
-- first round was meant.
ALTER TABLE consultations ADD COLUMN plan TEXT CHECK (plan IS NULL OR json_valid(plan));
ALTER TABLE consultations ADD COLUMN deliberation TEXT CHECK (deliberation IS NULL OR json_valid(deliberation));

-- What was asked after the first round, to the byte, and answered: one row per request, never
-- overwritten. `place` is the member's position, or of an editor its place among the editors.
CREATE TABLE hearings (
    number       INTEGER NOT NULL PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    consultation INTEGER NOT NULL REFERENCES consultations (number) ON DELETE CASCADE,
    kind         TEXT NOT NULL,
    round        INTEGER NOT NULL CHECK (round >= 1),
    place        INTEGER NOT NULL CHECK (place >= 0),
    attempt      INTEGER NOT NULL CHECK (attempt >= 1),
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'streaming', 'complete', 'cancelled', 'failed', 'interrupted')),
    call         INTEGER REFERENCES calls (number) ON DELETE SET NULL,
    created_at   INTEGER NOT NULL,
    notice       TEXT CHECK (notice IS NULL OR json_valid(notice)),
    request      TEXT NOT NULL CHECK (json_valid(request)),
    parts        TEXT NOT NULL CHECK (json_valid(parts))
) STRICT;
CREATE INDEX hearings_by_consultation ON hearings (consultation);
CREATE INDEX hearings_by_call ON hearings (call) WHERE call IS NOT NULL;

-- One member's judgement of another's answer.
CREATE TABLE reviews (
    number       INTEGER NOT NULL PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    consultation INTEGER NOT NULL REFERENCES consultations (number) ON DELETE CASCADE,
    judge        INTEGER NOT NULL REFERENCES members (number) ON DELETE CASCADE,
    reviewed     INTEGER NOT NULL REFERENCES members (number) ON DELETE CASCADE,
    position     INTEGER NOT NULL CHECK (position >= 0),
    created_at   INTEGER NOT NULL,
    body         TEXT NOT NULL CHECK (json_valid(body)),
    UNIQUE (judge, reviewed),
    CHECK (judge <> reviewed)
) STRICT;
CREATE INDEX reviews_by_consultation ON reviews (consultation);
CREATE INDEX reviews_by_reviewed ON reviews (reviewed);

-- Versions of the written conclusion; a new one never overwrites.
CREATE TABLE syntheses (
    number       INTEGER NOT NULL PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    consultation INTEGER NOT NULL REFERENCES consultations (number) ON DELETE CASCADE,
    version      INTEGER NOT NULL CHECK (version >= 1),
    editor       TEXT,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'streaming', 'complete', 'cancelled', 'failed', 'interrupted')),
    call         INTEGER REFERENCES calls (number) ON DELETE SET NULL,
    created_at   INTEGER NOT NULL,
    notice       TEXT CHECK (notice IS NULL OR json_valid(notice)),
    body         TEXT NOT NULL CHECK (json_valid(body)),
    UNIQUE (consultation, version)
) STRICT;
CREATE INDEX syntheses_by_call ON syntheses (call) WHERE call IS NOT NULL;

-- The claims of the newest analysis, one row each, so that they can be found and judged.
CREATE TABLE claims (
    number       INTEGER NOT NULL PRIMARY KEY,
    consultation INTEGER NOT NULL REFERENCES consultations (number) ON DELETE CASCADE,
    seq          INTEGER NOT NULL CHECK (seq >= 0),
    agreement    REAL CHECK (agreement BETWEEN 0 AND 1),
    text         TEXT NOT NULL,
    UNIQUE (consultation, seq)
) STRICT;
CREATE TABLE claim_stances (
    claim  INTEGER NOT NULL REFERENCES claims (number) ON DELETE CASCADE,
    member INTEGER NOT NULL REFERENCES members (number) ON DELETE CASCADE,
    stance TEXT NOT NULL CHECK (stance IN ('asserts', 'denies', 'different_value', 'silent')),
    PRIMARY KEY (claim, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_stances_by_member ON claim_stances (member);

-- One run of a task over code, and what it found.
CREATE TABLE agent_executions (
    number      INTEGER NOT NULL PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    task        TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('running', 'complete', 'degraded', 'failed', 'interrupted', 'cancelled')),
    source      TEXT,
    created_at  INTEGER NOT NULL,
    finished_at INTEGER,
    target      TEXT NOT NULL,
    options     TEXT NOT NULL CHECK (json_valid(options)),
    report      TEXT CHECK (report IS NULL OR json_valid(report)),
    CHECK ((status = 'running') = (finished_at IS NULL))
) STRICT;
CREATE TABLE findings (
    number      INTEGER NOT NULL PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    execution   INTEGER NOT NULL REFERENCES agent_executions (number) ON DELETE CASCADE,
    fingerprint TEXT NOT NULL,
    rule        TEXT,
    cwe         INTEGER CHECK (cwe > 0),
    facet       TEXT NOT NULL,
    severity    TEXT NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low', 'info')),
    file        TEXT NOT NULL,
    start_line  INTEGER NOT NULL CHECK (start_line >= 1),
    end_line    INTEGER NOT NULL CHECK (end_line >= start_line),
    title       TEXT NOT NULL,
    body        TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX findings_by_execution ON findings (execution);
CREATE INDEX findings_by_fingerprint ON findings (fingerprint);

-- What the person judged. `subject` is a member's or a claim's place ("MEMBER", "CONSULTATION/SEQ")
-- or a finding's fingerprint: it outlives the row, and the last word on a subject counts.
CREATE TABLE verdicts (
    number     INTEGER NOT NULL PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    kind       TEXT NOT NULL CHECK (kind IN ('answer', 'claim', 'finding')),
    subject    TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    reason     TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX verdicts_by_subject ON verdicts (kind, subject, number);

CREATE TABLE alerts (
    number      INTEGER NOT NULL PRIMARY KEY,
    rule        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('pending', 'firing', 'resolved')),
    since       INTEGER NOT NULL,
    resolved_at INTEGER,
    notice      TEXT NOT NULL CHECK (json_valid(notice)),
    CHECK ((state = 'resolved') = (resolved_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX alerts_open ON alerts (rule) WHERE state <> 'resolved';

-- Full text. One document per question, answer, conclusion and finding; its words, folded by the
-- program, stand in the index under the same number. The texts themselves stay where they are.
-- `number` is `created_at` times 256 and a running number: the order of the index is that of time.
CREATE TABLE search_documents (
    number     INTEGER NOT NULL PRIMARY KEY,
    kind       TEXT NOT NULL CHECK (kind IN ('question', 'answer', 'synthesis', 'finding')),
    message    INTEGER REFERENCES messages (number) ON DELETE CASCADE,
    question   INTEGER REFERENCES consultations (number) ON DELETE CASCADE,
    member     INTEGER REFERENCES members (number) ON DELETE CASCADE,
    synthesis  INTEGER REFERENCES syntheses (number) ON DELETE CASCADE,
    finding    INTEGER REFERENCES findings (number) ON DELETE CASCADE,
    cost_pusd  INTEGER,
    created_at INTEGER NOT NULL,
    language   TEXT,
    model      TEXT,
    CHECK ((message IS NOT NULL) + (question IS NOT NULL) + (member IS NOT NULL)
         + (synthesis IS NOT NULL) + (finding IS NOT NULL) = 1)
) STRICT;
CREATE UNIQUE INDEX search_documents_by_message ON search_documents (message) WHERE message IS NOT NULL;
CREATE UNIQUE INDEX search_documents_by_question ON search_documents (question) WHERE question IS NOT NULL;
CREATE UNIQUE INDEX search_documents_by_member ON search_documents (member) WHERE member IS NOT NULL;
CREATE UNIQUE INDEX search_documents_by_synthesis ON search_documents (synthesis) WHERE synthesis IS NOT NULL;
CREATE UNIQUE INDEX search_documents_by_finding ON search_documents (finding) WHERE finding IS NOT NULL;
-- Tokens come ready, between spaces; those that begin with a colon are filters.
CREATE VIRTUAL TABLE search_index USING fts5 (
    tokens, content = '', contentless_delete = 1, detail = none, prefix = '3 4',
    tokenize = "ascii tokenchars ':'"
);
CREATE TRIGGER search_documents_deleted AFTER DELETE ON search_documents
BEGIN DELETE FROM search_index WHERE rowid = OLD.number; END;

-- What was there before the index and is not in it yet: rows of `source` numbered below `below`.
CREATE TABLE search_backlog (
    source TEXT NOT NULL PRIMARY KEY CHECK (source IN ('message', 'question', 'member', 'synthesis', 'finding')),
    below  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO search_backlog SELECT 'message', number + 1 FROM messages ORDER BY number DESC LIMIT 1;
INSERT INTO search_backlog SELECT 'question', number + 1 FROM consultations ORDER BY number DESC LIMIT 1;
INSERT INTO search_backlog SELECT 'member', number + 1 FROM members ORDER BY number DESC LIMIT 1;
