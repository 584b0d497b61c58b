-- The end of life costs what ends, not what lives: the sweeper asks by partial
-- indexes only.

ALTER TABLE object ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;  -- live: when to look whether it has ended; erased: when to try deleting again
ALTER TABLE object ADD COLUMN gone_at BIGINT;                    -- when the bytes were deleted
ALTER TABLE object ADD COLUMN missing_at BIGINT;                 -- live, and its bytes are not there
ALTER TABLE handoff ADD COLUMN over_at BIGINT;                   -- when its sealed records were erased

DROP INDEX object_state;
CREATE INDEX object_due ON object (due_at) WHERE state = 'live';
CREATE INDEX object_erased ON object (due_at) WHERE state = 'erased';
CREATE INDEX object_reserved ON object (lease_until) WHERE state = 'reserved';
CREATE INDEX object_handoff ON object (handoff);

CREATE INDEX link_unnoted ON link (expires_at) WHERE expiry_noted IS NULL AND revoked_at IS NULL;

DROP INDEX claim_state;
CREATE INDEX claim_open ON claim (opened_at) WHERE state = 'open';

-- What is sealed under one epoch: its name stands at one place of what is stored,
-- w1.sealing-20261123-00000000.…
CREATE INDEX object_epoch ON object (substr(wrapped_key, 4, 25)) WHERE wrapped_key IS NOT NULL;
CREATE INDEX handoff_reference_epoch ON handoff (substr(sealed_reference, 4, 25)) WHERE sealed_reference IS NOT NULL;
CREATE INDEX handoff_security_epoch ON handoff (substr(sealed_security, 4, 25)) WHERE sealed_security IS NOT NULL;
CREATE INDEX handoff_door_epoch ON handoff (substr(sealed_door, 4, 25)) WHERE sealed_door IS NOT NULL;
CREATE INDEX link_passcode_epoch ON link (substr(sealed_passcode, 4, 25)) WHERE sealed_passcode IS NOT NULL;
CREATE INDEX visit_memory_epoch ON visit_memory (substr(sealed, 4, 25));

-- How much of each page of the erasure ledger this database has taken in.
CREATE TABLE replayed (
    epoch TEXT PRIMARY KEY,
    bytes BIGINT NOT NULL
);

-- Bytes without a row, seen once: the second look decides.
CREATE TABLE suspect (
    key     TEXT PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
CREATE INDEX suspect_seen ON suspect (seen_at);

-- Handoffs that were over before this release keep sealed records: their objects
-- are looked at once more, and take the records with them.
UPDATE object SET state = 'erased' WHERE state = 'gone' AND handoff IN (
    SELECT id FROM handoff WHERE sealed_reference IS NOT NULL OR sealed_security IS NOT NULL);
CREATE INDEX object_live ON object (key) WHERE state = 'live';
