-- A link that can be resolved as a SMART Health Link: the hash of the id in its
-- address. Id and key are derived from `shl_seed` (the link's own id, or that of the
-- link it took over from) under a key outside this database.

ALTER TABLE link ADD COLUMN shl_hash TEXT;
ALTER TABLE link ADD COLUMN shl_seed TEXT;
CREATE UNIQUE INDEX link_shl ON link (shl_hash);
