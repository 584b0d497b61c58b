-- What a handoff is about, as keyed hashes whose key lives outside this
-- database: corrections, cancellations and merges find it by them.

ALTER TABLE handoff ADD COLUMN visit TEXT;
ALTER TABLE handoff ADD COLUMN patient TEXT;     -- hashes of all their numbers
ALTER TABLE handoff ADD COLUMN thread TEXT;      -- the visit, referral or document
ALTER TABLE handoff ADD COLUMN sent_at BIGINT;   -- when its message was sent
ALTER TABLE handoff ADD COLUMN content TEXT;     -- keyed hash of what the packet says
ALTER TABLE handoff ADD COLUMN filled TEXT;      -- names of the sections that say something
CREATE INDEX handoff_visit ON handoff (channel, visit);
CREATE INDEX handoff_thread ON handoff (channel, thread);
CREATE INDEX handoff_patient ON handoff (channel, patient);

-- One row for each visit, referral or document that can be cancelled or
-- corrected: whoever writes about it locks it first, so that a packet and its
-- cancellation cannot pass each other unseen.
CREATE TABLE thread (
    channel      TEXT NOT NULL,
    name         TEXT NOT NULL,
    cancelled_at BIGINT,                 -- when the cancelling message was sent
    cancelled_by TEXT,                   -- its event
    cancelled_of TEXT,                   -- its patient, as in handoff
    corrected_at BIGINT,                 -- a correction that found nothing to correct
    corrected_by TEXT,
    merged_into  TEXT,                   -- the name that a merge left standing
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (channel, name)
);
CREATE INDEX thread_expires ON thread (expires_at);

-- What messages of a visit said, sealed, for the packet at its end.
CREATE TABLE visit_memory (
    id         TEXT PRIMARY KEY,         -- channel and message, hashed: the same message is one row
    channel    TEXT NOT NULL,
    visit      TEXT NOT NULL,
    patient    TEXT,
    sent_at    BIGINT NOT NULL,
    sealed     TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX visit_memory_visit ON visit_memory (channel, visit);
CREATE INDEX visit_memory_patient ON visit_memory (channel, patient);
CREATE INDEX visit_memory_expires ON visit_memory (expires_at);
