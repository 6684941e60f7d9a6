-- What was announced, and what is told of records, events and entitlements: by the relay, and to whoever verifies it (ADR 13).

-- One row per revision whose EntitlementCompleted EventBridge took; it stays when the outbox is pruned.
CREATE TABLE announcements (
    corporate_action_event_id text        NOT NULL,
    safekeeping_account       text        NOT NULL,
    option_number             text        NOT NULL,
    revision                  integer     NOT NULL,
    version                   integer     NOT NULL,
    announced_at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (corporate_action_event_id, safekeeping_account, option_number, revision)
);
INSERT INTO announcements
SELECT e.corporate_action_event_id, e.safekeeping_account, e.option_number, e.revision, e.version, min(o.published_at)
FROM outbox AS o JOIN entitlements AS e
    ON o.key = e.corporate_action_event_id || '/' || e.safekeeping_account || '/' || e.option_number
    AND (o.body ->> 'revision')::integer = e.revision AND NOT e.is_reversal
WHERE o.kind = 'announce' AND o.published_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5;

-- Each revision as the projection, its S3 calculation and its announcement show it.
CREATE VIEW entitlement_items AS
SELECT corporate_action_event_id, version, safekeeping_account, option_number, revision, status, is_reversal, calculation_key,
       result || jsonb_build_object(
           'revision', revision, 'status', 'CALCULATED', 'payment_status', payment_status, 'calculation_key', calculation_key,
           'calculated_at', to_char(calculated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS item
FROM entitlements;

-- What became of records: as the inbox says, but HELD with the first reason for as long as something of one waits.
CREATE VIEW record_states AS
SELECT i.record_id, i.record_type, i.identity AS record_identity,
       CASE WHEN held.reason IS NULL THEN i.outcome ELSE 'HELD' END AS state,
       coalesce(held.reason, i.reason, '') AS reason, coalesce(held.field, i.field) AS field,
       coalesce(CASE WHEN held.reason IS NULL THEN i.detail ELSE held.detail END, '') AS detail
FROM inbox AS i LEFT JOIN LATERAL (
    SELECT reason, field, detail FROM held_records JOIN held USING (kind, identity, safekeeping_account, trade_id)
    WHERE record_id = i.record_id ORDER BY reason, detail LIMIT 1) AS held ON i.outcome = 'APPLIED';

-- The body of GET /corporate-actions/{id}: HELD where anything of it is held, with the first reason; RECEIVED while shards remain.
CREATE VIEW corporate_action_states AS
SELECT corporate_action_event_id, version, entitlements,
       CASE WHEN sharded THEN 'RECEIVED' WHEN function = 'CANC' THEN 'CANCELLED' WHEN function = 'WITH' THEN 'WITHDRAWN'
            WHEN reason IS NOT NULL THEN 'HELD' WHEN awaiting THEN 'AWAITING_RECORD_DATE'
            ELSE 'CALCULATED' END AS state,
       CASE WHEN function IN ('CANC', 'WITH') THEN NULL ELSE reason END AS reason
FROM (
    SELECT identity AS corporate_action_event_id, sequence AS version, body ->> 'function' AS function,
           NOT EXISTS (SELECT 1 FROM calculated_events AS done
                       WHERE done.corporate_action_event_id = event.identity AND done.version = event.sequence) AS awaiting,
           (SELECT count(*) FROM entitlements WHERE corporate_action_event_id = event.identity AND status = 'CALCULATED') AS entitlements,
           (SELECT min(reason) FROM held WHERE identity = event.identity AND kind IN ('event', 'entitlement')) AS reason,
           EXISTS (SELECT 1 FROM shards WHERE corporate_action_event_id = event.identity) AS sharded
    FROM current_records AS event WHERE record_type = 'corporate_action') AS event;

-- Publishes again what a key stands for; of an announcement (key `event/account/option/revision`) the outbox row that is kept. Returns how many.
-- Partitions: servicing_engine.store.outbox says the same.
CREATE FUNCTION publish_again(kind text, key text) RETURNS bigint LANGUAGE sql AS $$
    WITH announced AS (
        UPDATE outbox AS o SET published_at = NULL WHERE $1 = 'announce' AND o.kind = $1 AND o.key || '/' || (o.body ->> 'revision') = $2
        RETURNING 1
    ), told AS (
        INSERT INTO outbox (kind, key, body, partition)
        SELECT $1, $2, '{}', CASE $1 WHEN 'record' THEN -1 WHEN 'project' THEN account_bucket(reverse(split_part(reverse($2), '/', 2))) % 8
                                  ELSE account_bucket($2) % 8 END
        WHERE $1 <> 'announce' RETURNING 1
    ) SELECT (SELECT count(*) FROM announced) + (SELECT count(*) FROM told)
$$;
