-- Every content that was reported is kept, also one that conflicts: the inbox says what became of each record that reported it.
ALTER TABLE facts DROP CONSTRAINT facts_pkey, DROP COLUMN first_record_id, ADD PRIMARY KEY (record_type, identity, digest);

-- Facts without those that conflict with one earlier in the stream.
CREATE VIEW standing_facts AS SELECT * FROM facts WHERE EXISTS (
    SELECT 1 FROM inbox WHERE inbox.record_type = facts.record_type AND inbox.identity = facts.identity
    AND inbox.digest = facts.digest AND inbox.outcome <> 'QUARANTINED');
