-- Requests of other programs that are open. A row is written before its request is sent and moves
-- among the calls when that is over: in one narrow table without indexes, because the request waits.
CREATE TABLE relays (
    id            TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
    job           TEXT NOT NULL CHECK (length(job) BETWEEN 1 AND 200),
    owner         TEXT NOT NULL,
    model         TEXT NOT NULL,
    request_hash  TEXT NOT NULL,
    estimate_pusd INTEGER CHECK (estimate_pusd >= 0),
    reserved_pusd INTEGER CHECK (reserved_pusd >= 0),
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
