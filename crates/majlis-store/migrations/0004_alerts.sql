-- What watching needs: since when an alert fires, and to whom that was told.

ALTER TABLE alerts ADD COLUMN fired_at INTEGER;
UPDATE alerts SET fired_at = since WHERE state <> 'pending';

-- What is to be told outside, once for each channel. `due_at` is NULL once it was sent, or given up
-- after so many `tries`.
CREATE TABLE alert_messages (
    number  INTEGER NOT NULL PRIMARY KEY,
    alert   INTEGER NOT NULL REFERENCES alerts (number) ON DELETE CASCADE,
    kind    TEXT NOT NULL CHECK (kind IN ('firing', 'resolved')),
    channel TEXT NOT NULL,
    tries   INTEGER NOT NULL CHECK (tries >= 0),
    due_at  INTEGER,
    sent_at INTEGER,
    UNIQUE (alert, kind, channel),
    CHECK (sent_at IS NULL OR due_at IS NULL)
) STRICT;
CREATE INDEX alert_messages_due ON alert_messages (due_at) WHERE due_at IS NOT NULL;

-- Jobs that are not over are counted at every look.
CREATE INDEX jobs_open ON jobs (state, finished_at) WHERE state IN ('running', 'interrupted');
