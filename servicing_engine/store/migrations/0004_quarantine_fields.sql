-- What the quarantine message of a record says beside its reason: the field at fault, and when the record came (RFC 3339, as the request has it).
ALTER TABLE inbox ADD COLUMN field text NOT NULL DEFAULT '', ADD COLUMN received_at text NOT NULL DEFAULT '';
UPDATE inbox SET received_at = to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- Messages that are still to be sent carry their original as bytes.
UPDATE outbox SET body = (body - 'original') || jsonb_build_object(
        'original_base64', encode(convert_to(body ->> 'original', 'UTF8'), 'base64'),
        'received_at', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    WHERE kind = 'quarantine' AND published_at IS NULL;
