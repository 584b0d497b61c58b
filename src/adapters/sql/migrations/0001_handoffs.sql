-- One text for SQLite and PostgreSQL. Times are epoch milliseconds. No column
-- holds patient data in the clear: what needs it is sealed under a key that
-- lives outside this database.

CREATE TABLE handoff (
    id               TEXT PRIMARY KEY,
    channel          TEXT NOT NULL,
    state            TEXT NOT NULL,      -- open | held
    reason           TEXT,               -- why it is held
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    body_sha256      TEXT NOT NULL,
    sealed_reference TEXT,               -- the DocumentReference, sealed
    trace_parent     TEXT
);
CREATE INDEX handoff_created ON handoff (created_at);

-- Every name an event is known by, hashed; kept at least 90 days.
CREATE TABLE identity (
    hash       TEXT PRIMARY KEY,
    handoff    TEXT NOT NULL REFERENCES handoff (id),
    created_at BIGINT NOT NULL
);

-- reserved (before the put) -> live -> erased (key gone) -> gone (bytes gone)
CREATE TABLE object (
    key          TEXT PRIMARY KEY,
    handoff      TEXT REFERENCES handoff (id),
    state        TEXT NOT NULL,
    lease_until  BIGINT NOT NULL,
    wrapped_key  TEXT,
    content_type TEXT,
    size         BIGINT,
    sha256       TEXT,
    created_at   BIGINT NOT NULL,
    erased_at    BIGINT
);
CREATE INDEX object_state ON object (state);

-- The jti and the key's name; never a token.
CREATE TABLE link (
    id               TEXT PRIMARY KEY,
    handoff          TEXT NOT NULL REFERENCES handoff (id),
    face             TEXT NOT NULL,      -- l | d
    key_id           TEXT NOT NULL,
    recipient_name   TEXT,
    recipient_email  TEXT,
    expires_at       BIGINT NOT NULL,
    token_expires_at BIGINT NOT NULL,
    revoked_at       BIGINT,
    expiry_noted     BIGINT,
    first_access_at  BIGINT
);
CREATE INDEX link_handoff ON link (handoff);
CREATE INDEX link_expires ON link (expires_at);

CREATE TABLE link_file (
    link          TEXT NOT NULL REFERENCES link (id),
    ordinal       BIGINT NOT NULL,
    object        TEXT NOT NULL REFERENCES object (key),
    file_name     TEXT NOT NULL,
    max_downloads BIGINT NOT NULL,
    downloads     BIGINT NOT NULL,
    PRIMARY KEY (link, ordinal)
);
CREATE INDEX link_file_object ON link_file (object);

CREATE TABLE claim (
    id         TEXT PRIMARY KEY,
    link       TEXT NOT NULL REFERENCES link (id),
    ordinal    BIGINT NOT NULL,
    holder     TEXT,                     -- hash of the browser's cookie
    state      TEXT NOT NULL,            -- open | completed | broken | released
    opened_at  BIGINT NOT NULL,
    started_at BIGINT,
    fetches    BIGINT NOT NULL,          -- bodies begun under this claim
    ended_at   BIGINT,
    bytes      BIGINT NOT NULL
);
CREATE INDEX claim_link ON claim (link, ordinal);
CREATE INDEX claim_state ON claim (state);

CREATE TABLE outbox (
    id           TEXT PRIMARY KEY,
    handoff      TEXT REFERENCES handoff (id),
    link         TEXT REFERENCES link (id),
    target       TEXT NOT NULL,          -- where to, as JSON
    payload      TEXT,                   -- an OperationOutcome; the rest is made when sent
    trace_parent TEXT,
    created_at   BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    lease_until  BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    sent_at      BIGINT,
    failed_at    BIGINT,
    last_error   TEXT
);
CREATE INDEX outbox_due ON outbox (sent_at, failed_at, next_at);
CREATE INDEX outbox_handoff ON outbox (handoff);

CREATE TABLE audit (
    sequence BIGINT PRIMARY KEY,
    at_ms    BIGINT NOT NULL,
    kind     TEXT NOT NULL,
    handoff  TEXT NOT NULL,
    link     TEXT,
    detail   TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL
);
CREATE INDEX audit_handoff ON audit (handoff);

-- One row, locked by whoever appends: the chain has no forks.
CREATE TABLE audit_head (
    one      BIGINT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash     TEXT NOT NULL
);
INSERT INTO audit_head (one, sequence, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
