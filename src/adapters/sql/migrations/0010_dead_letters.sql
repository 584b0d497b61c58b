-- Messages that could not be handed over, sealed until a person decides or their
-- time is over. What they say and what they were wrapped in is under `sealed`, or,
-- of a large one, in staging.

CREATE TABLE dead_letter (
    id            TEXT PRIMARY KEY,
    channel       TEXT NOT NULL,
    identity      TEXT NOT NULL,       -- keyed hash of channel, message id and body: parked twice it is one row
    state         TEXT NOT NULL,       -- to-be-tried | parked | delivered | replayed | discarded
    stage         TEXT NOT NULL,
    reason        TEXT NOT NULL,
    place         TEXT NOT NULL,
    trace_parent  TEXT,
    size          BIGINT NOT NULL,     -- of the body
    attempts      BIGINT NOT NULL,     -- deliveries until it was parked, as far as they were counted
    times         BIGINT NOT NULL,     -- how often it was parked: what changes it names the number it saw
    first_seen_at BIGINT NOT NULL,
    parked_at     BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    tried_at      BIGINT,              -- when it was tried alone; written before the try
    tried_until   BIGINT NOT NULL DEFAULT 0,
    settled_at    BIGINT,
    settled_by    TEXT,
    settled_why   TEXT,
    sealed        TEXT,                -- gone when it is settled
    object        TEXT REFERENCES object (key)
);
CREATE UNIQUE INDEX dead_letter_identity ON dead_letter (identity);
CREATE INDEX dead_letter_parked ON dead_letter (parked_at, id);
CREATE INDEX dead_letter_waiting ON dead_letter (parked_at, id) WHERE state = 'parked';
CREATE INDEX dead_letter_to_be_tried ON dead_letter (channel) WHERE state = 'to-be-tried';
CREATE INDEX dead_letter_expires ON dead_letter (expires_at);
CREATE INDEX dead_letter_epoch ON dead_letter (substr(sealed, 4, 25)) WHERE sealed IS NOT NULL;

-- Answers to what became no handoff may be many: those about handoffs go first.
CREATE INDEX outbox_handoffs_due ON outbox (next_at) WHERE sent_at IS NULL AND failed_at IS NULL AND handoff IS NOT NULL;
