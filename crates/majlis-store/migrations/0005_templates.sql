-- What a person keeps for later: templates of prompts, and what was typed and not sent yet.

CREATE TABLE templates (
    number     INTEGER NOT NULL PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 200),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    name       TEXT NOT NULL,
    text       TEXT NOT NULL
) STRICT;

-- One draft for each place: a conversation, by its id, or 'council', the form that asks a council,
-- which alone has a context.
CREATE TABLE drafts (
    number       INTEGER NOT NULL PRIMARY KEY,
    place        TEXT NOT NULL UNIQUE CHECK (length(place) BETWEEN 1 AND 200),
    conversation INTEGER UNIQUE REFERENCES conversations (number) ON DELETE CASCADE,
    updated_at   INTEGER NOT NULL,
    text         TEXT NOT NULL,
    context      TEXT,
    CHECK ((place = 'council') = (conversation IS NULL)),
    CHECK (context IS NULL OR conversation IS NULL)
) STRICT;
