-- A held event that a person may let go keeps, sealed, where it came from and how
-- its sender is to be answered. What a packet may be used for is sealed as well.

ALTER TABLE handoff ADD COLUMN grounds TEXT;         -- why it is held, in words: sensitive:ETH silent:allergies
ALTER TABLE handoff ADD COLUMN sealed_door TEXT;     -- content type, reply-to, correlation id …; gone when it is over
ALTER TABLE handoff ADD COLUMN became TEXT;          -- the handoff that its approval made
ALTER TABLE handoff ADD COLUMN sealed_security TEXT; -- the labels and the consent's scope of a packet
