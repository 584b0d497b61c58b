-- Whether a retired signing key still has links is asked before it is destroyed.

CREATE INDEX link_key ON link (key_id, token_expires_at);
