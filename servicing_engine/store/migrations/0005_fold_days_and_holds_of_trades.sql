-- The days on which an event gives something else though no fact says so: it becomes due, or touches lots.

CREATE TABLE fold_days (
    corporate_action_event_id text NOT NULL,
    fold_on                   date NOT NULL,
    PRIMARY KEY (corporate_action_event_id, fold_on)
);
CREATE INDEX fold_days_by_day ON fold_days (fold_on);
-- Of events stored before: every date that the announcement gives, and the day after the record date.
INSERT INTO fold_days
    SELECT DISTINCT identity, day FROM current_records, unnest(ARRAY[
        (body ->> 'ex_date')::date, (body ->> 'effective_date')::date, (body ->> 'payment_date')::date,
        coalesce(body ->> 'record_date', body ->> 'effective_date')::date + 1]) AS day
    WHERE record_type = 'corporate_action' AND body ->> 'function' IN ('NEWM', 'REPL') AND day >= (now() AT TIME ZONE 'UTC')::date;

-- Claims of one event and account wait trade by trade.
ALTER TABLE held ADD COLUMN trade_id text NOT NULL DEFAULT '';
ALTER TABLE held_records DROP CONSTRAINT held_records_kind_identity_safekeeping_account_fkey,
    DROP CONSTRAINT held_records_pkey, ADD COLUMN trade_id text NOT NULL DEFAULT '';
UPDATE held SET trade_id = identity WHERE kind = 'trade';
UPDATE held_records SET trade_id = identity WHERE kind = 'trade';
ALTER TABLE held DROP CONSTRAINT held_pkey, ADD PRIMARY KEY (kind, identity, safekeeping_account, trade_id);
ALTER TABLE held_records ADD PRIMARY KEY (kind, identity, safekeeping_account, trade_id, record_id),
    ADD FOREIGN KEY (kind, identity, safekeeping_account, trade_id) REFERENCES held ON DELETE CASCADE;
