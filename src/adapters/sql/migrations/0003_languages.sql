-- The language of a recipient's packet, BCP 47: notices and pages speak it too.

ALTER TABLE link ADD COLUMN recipient_language TEXT;
