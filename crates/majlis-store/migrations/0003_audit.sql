-- What models were asked about code, so that an execution can go on where it stopped.

-- `key` tells what was asked of whom: the same question to the same model is asked once.
CREATE TABLE audit_questions (
    number    INTEGER NOT NULL PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    execution INTEGER NOT NULL REFERENCES agent_executions (number) ON DELETE CASCADE,
    key       TEXT NOT NULL,
    model     TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('waiting', 'streaming', 'complete', 'cancelled', 'failed', 'interrupted')),
    call      INTEGER REFERENCES calls (number) ON DELETE SET NULL,
    prompt    TEXT NOT NULL,
    notice    TEXT CHECK (notice IS NULL OR json_valid(notice)),
    parts     TEXT NOT NULL CHECK (json_valid(parts)),
    UNIQUE (execution, key)
) STRICT;
CREATE INDEX audit_questions_by_call ON audit_questions (call) WHERE call IS NOT NULL;

-- The ways of a finding to its rule: which rules were right for this person.
CREATE INDEX findings_by_rule ON findings (rule, fingerprint) WHERE rule IS NOT NULL;
