-- Who may open a link, and how far a download has come.

ALTER TABLE link ADD COLUMN verify TEXT NOT NULL DEFAULT 'none';   -- none | birth-date | passcode | email-code
ALTER TABLE link ADD COLUMN expected TEXT;           -- keyed hash of the answer; the key lives outside this database
ALTER TABLE link ADD COLUMN sealed_passcode TEXT;    -- for whoever must tell it
ALTER TABLE link ADD COLUMN attempts_left BIGINT NOT NULL DEFAULT 5;
ALTER TABLE link ADD COLUMN locked_at BIGINT;
ALTER TABLE link ADD COLUMN code TEXT;               -- keyed hash of the last e-mail code
ALTER TABLE link ADD COLUMN code_until BIGINT;
ALTER TABLE link ADD COLUMN codes_since BIGINT;      -- when the window of the count began
ALTER TABLE link ADD COLUMN codes_sent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE link ADD COLUMN asked_at BIGINT;         -- when somebody last asked for a new copy
ALTER TABLE link ADD COLUMN smart_health_link TEXT NOT NULL DEFAULT 'off';

-- A browser that has proven itself, for a while.
CREATE TABLE proof (
    link    TEXT NOT NULL REFERENCES link (id),
    holder  TEXT NOT NULL,               -- hash of the browser's cookie
    method  TEXT NOT NULL,
    until   BIGINT NOT NULL,
    PRIMARY KEY (link, holder)
);
CREATE INDEX proof_until ON proof (until);

-- Wrong answers, as keyed hashes: the same one again spends nothing.
CREATE TABLE wrong_answer (
    link   TEXT NOT NULL REFERENCES link (id),
    answer TEXT NOT NULL,
    PRIMARY KEY (link, answer)
);

-- How far a claim has come.
ALTER TABLE claim ADD COLUMN handed BIGINT NOT NULL DEFAULT 0;    -- all below this is with its reader, as far as we know
ALTER TABLE claim ADD COLUMN peak BIGINT NOT NULL DEFAULT 0;      -- nothing above this has left
ALTER TABLE claim ADD COLUMN again BIGINT NOT NULL DEFAULT 0;     -- bytes that left more than once
ALTER TABLE claim ADD COLUMN running BIGINT NOT NULL DEFAULT 0;   -- 1: the end of its last body is unknown
ALTER TABLE claim ADD COLUMN covered TEXT;                        -- parts of the file that people's readers fetched
ALTER TABLE claim ADD COLUMN touched_at BIGINT NOT NULL DEFAULT 0;
UPDATE claim SET touched_at = opened_at;
