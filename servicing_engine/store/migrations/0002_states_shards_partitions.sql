-- Which records wait for what, shards of large events, and an outbox that several relays share.

-- Accounts fall into 4096 buckets: what is locked, sharded and published together. servicing_engine.store.buckets says the same.
CREATE FUNCTION account_bucket(account text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT ('x' || substr(md5(account), 1, 3))::bit(12)::integer $$;

ALTER TABLE inbox ADD COLUMN record_type text NOT NULL DEFAULT '', ADD COLUMN identity text NOT NULL DEFAULT '';
ALTER TABLE inbox ADD COLUMN digest text NOT NULL DEFAULT '';
UPDATE inbox AS i SET record_type = f.record_type, identity = f.identity, digest = f.digest FROM facts AS f WHERE f.record_id = i.record_id;

CREATE INDEX inbox_by_identity ON inbox (record_type, identity);

-- Every source's positions are facts; first_record_id: where this content stands first in the stream. Between conflicting facts the first stands.
ALTER TABLE facts ADD COLUMN source text NOT NULL DEFAULT '', ADD COLUMN first_record_id text NOT NULL DEFAULT '';
UPDATE facts SET source = CASE record_type WHEN 'position' THEN body ->> 'source' ELSE '' END, first_record_id = record_id;
ALTER TABLE facts DROP CONSTRAINT facts_pkey, ADD PRIMARY KEY (record_type, identity, source, sequence);

-- The record that is current of its identity: a hold belongs to it.
ALTER TABLE current_records ADD COLUMN record_id text NOT NULL DEFAULT '';
UPDATE current_records AS c SET record_id = f.record_id FROM facts AS f
    WHERE (f.record_type, f.identity, f.sequence) = (c.record_type, c.identity, c.sequence);
ALTER TABLE current_positions ADD COLUMN record_id text NOT NULL DEFAULT '';
UPDATE current_positions AS c SET record_id = f.record_id FROM facts AS f
    WHERE f.record_type = 'position' AND f.sequence = c.sequence
      AND f.identity = c.safekeeping_account || '/' || c.isin || '/' || c.safekeeping_place || '/' || c.as_of_date;

-- rules_version: the rules that something was held with. It is tried again once they are others.
ALTER TABLE held ADD COLUMN rules_version text NOT NULL DEFAULT '';
CREATE TABLE held_records (
    kind                text NOT NULL,
    identity            text NOT NULL,
    safekeeping_account text NOT NULL,
    record_id           text NOT NULL,
    PRIMARY KEY (kind, identity, safekeeping_account, record_id),
    FOREIGN KEY (kind, identity, safekeeping_account) REFERENCES held ON DELETE CASCADE
);
CREATE INDEX held_records_by_record ON held_records (record_id);
CREATE INDEX held_by_identity ON held (identity);

-- Parts of an event that still have to be calculated: buckets from `low` up to, without, `high`. A row goes with the transaction that did it.
CREATE TABLE shards (
    shard_id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    corporate_action_event_id text    NOT NULL,
    version                   bigint  NOT NULL,
    low                       integer NOT NULL,
    high                      integer NOT NULL,
    request_id                text
);
CREATE INDEX shards_by_event ON shards (corporate_action_event_id);
CREATE INDEX shards_by_request ON shards (request_id);

-- Rows of one partition are published in order by one relay at a time. Partition -1 holds what is said of a request's records once
-- everything else of the request is published.
ALTER TABLE outbox ADD COLUMN partition smallint NOT NULL DEFAULT 0,
    ADD COLUMN request_id text DEFAULT nullif(current_setting('servicing.request_id', true), '');
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (partition, outbox_id) WHERE published_at IS NULL;
CREATE INDEX outbox_waiting_by_request ON outbox (request_id) WHERE published_at IS NULL AND partition >= 0;

-- Versions of queue-state items, drawn by the relay before it reads what it says.
CREATE SEQUENCE state_versions;
