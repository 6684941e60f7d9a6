-- Outbox rows that a service refuses for what they hold: tried a few times, then parked with the reason, so that others pass.
ALTER TABLE outbox ADD COLUMN tries smallint NOT NULL DEFAULT 0, ADD COLUMN parked text;

-- As before (0007), and parked rows of the key are tried again. Of a kind that is no present state nothing is made up.
CREATE OR REPLACE FUNCTION publish_again(kind text, key text) RETURNS bigint LANGUAGE sql AS $$
    WITH again AS (
        UPDATE outbox AS o SET published_at = NULL, tries = 0, parked = NULL
        WHERE o.kind = $1 AND CASE $1 WHEN 'announce' THEN o.key || '/' || (o.body ->> 'revision') = $2
                                      ELSE o.key = $2 AND o.parked IS NOT NULL END
        RETURNING 1
    ), told AS (
        INSERT INTO outbox (kind, key, body, partition)
        SELECT $1, $2, '{}', CASE $1 WHEN 'record' THEN -1 WHEN 'project' THEN account_bucket(reverse(split_part(reverse($2), '/', 2))) % 8
                                  ELSE account_bucket($2) % 8 END
        WHERE $1 NOT IN ('announce', 'quarantine', 'recalculate') RETURNING 1
    ) SELECT (SELECT count(*) FROM again) + (SELECT count(*) FROM told)
$$;
