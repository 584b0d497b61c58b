-- Lines of channels that keep the order of each patient's events: what failed,
-- and what came after it. Names are keyed hashes of the patient's numbers.

-- The last place given, and what waits; its row is the lock of a channel's lines.
CREATE TABLE line (
    channel TEXT PRIMARY KEY,
    places  BIGINT NOT NULL,
    events  BIGINT NOT NULL,
    bytes   BIGINT NOT NULL              -- of what is sealed here
);

CREATE TABLE line_event (
    id          TEXT PRIMARY KEY,        -- keyed hash of channel, transport id and body
    channel     TEXT NOT NULL,
    place       BIGINT NOT NULL,
    state       TEXT NOT NULL,           -- waiting (sealed here) | away (on the broker) | parked (a dead letter)
    sealed      TEXT,
    bytes       BIGINT NOT NULL,
    failures    BIGINT NOT NULL,
    first_seen  BIGINT NOT NULL,
    next_at     BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX line_event_due ON line_event (channel, next_at) WHERE state = 'waiting';
CREATE INDEX line_event_expires ON line_event (channel, expires_at);
CREATE INDEX line_event_epoch ON line_event (substr(sealed, 4, 25)) WHERE sealed IS NOT NULL;

CREATE TABLE line_name (
    channel TEXT NOT NULL,
    hash    TEXT NOT NULL,
    place   BIGINT NOT NULL,
    event   TEXT NOT NULL,
    PRIMARY KEY (channel, hash, place)
);
CREATE INDEX line_name_event ON line_name (event);
