-- Every content of an election is read with it: the one that was released stands until a later one is.
CREATE INDEX facts_of_elections ON facts ((body ->> 'corporate_action_event_id')) WHERE record_type = 'election';

-- A release is of one content: its identity names the content's sequence, or without one when the release was received.
CREATE FUNCTION pg_temp.release_of(body jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws('/', body ->> 'election_id',
                     coalesce(body ->> 'election_sequence', 'at ' || coalesce(body ->> 'received_at', '')), body ->> 'released_by')
$$;
UPDATE inbox SET identity = pg_temp.release_of(facts.body) FROM facts WHERE facts.record_type = 'election_release'
    AND (inbox.record_type, inbox.identity, inbox.digest) = (facts.record_type, facts.identity, facts.digest);
UPDATE facts SET identity = pg_temp.release_of(body) WHERE record_type = 'election_release';
DELETE FROM current_records WHERE record_type = 'election_release';
INSERT INTO current_records (record_type, identity, sequence, body, record_id)
    SELECT DISTINCT ON (identity) record_type, identity, sequence, body, record_id FROM standing_facts
    WHERE record_type = 'election_release' ORDER BY identity, sequence DESC;
