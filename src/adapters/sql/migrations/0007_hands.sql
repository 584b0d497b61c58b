-- What people find a handoff by, long after: every number of its patient and its
-- visit, with who assigned it and without, as the keyed hashes of `handoff.visit`
-- and `handoff.patient`. What is not for real life is found here as well.

CREATE TABLE handoff_name (
    hash    TEXT NOT NULL,
    handoff TEXT NOT NULL REFERENCES handoff (id),
    kind    TEXT NOT NULL,               -- patient | visit
    PRIMARY KEY (hash, handoff)
);
CREATE INDEX handoff_name_handoff ON handoff_name (handoff);

INSERT INTO handoff_name (hash, handoff, kind)
SELECT visit, id, 'visit' FROM handoff WHERE visit IS NOT NULL;

-- A patient's hashes stand side by side, 64 digits each and a blank between.
INSERT INTO handoff_name (hash, handoff, kind)
WITH RECURSIVE part (handoff, patient, place) AS (
    SELECT id, patient, 1 FROM handoff WHERE length(patient) >= 64
    UNION ALL
    SELECT handoff, patient, place + 65 FROM part WHERE place + 65 < length(patient)
)
SELECT DISTINCT substr(patient, place, 64), handoff, 'patient' FROM part
WHERE true
ON CONFLICT (hash, handoff) DO NOTHING;

CREATE INDEX handoff_channel_created ON handoff (channel, created_at);
CREATE INDEX link_recipient ON link (lower(recipient_email));

-- The link that took a link's place.
ALTER TABLE link ADD COLUMN reissued_as TEXT;
