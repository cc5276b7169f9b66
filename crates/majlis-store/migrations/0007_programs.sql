-- What is called for other programs is told apart: they may have a cap of their own.
ALTER TABLE calls ADD COLUMN by_program INTEGER NOT NULL DEFAULT 0 CHECK (by_program IN (0, 1));
UPDATE calls SET by_program = 1 WHERE step IN (
    SELECT t.number FROM steps t JOIN jobs j ON j.number = t.job WHERE j.kind = 'relay'
);
CREATE INDEX calls_by_programs ON calls (created_at, state, cost_pusd, estimate_pusd) WHERE by_program = 1;

ALTER TABLE budgets RENAME TO budgets_before;
CREATE TABLE budgets (
    period     TEXT NOT NULL PRIMARY KEY CHECK (period IN ('run', 'day', 'month', 'programs')),
    limit_pusd INTEGER NOT NULL CHECK (limit_pusd >= 0),
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO budgets SELECT period, limit_pusd, updated_at FROM budgets_before;
DROP TABLE budgets_before;
