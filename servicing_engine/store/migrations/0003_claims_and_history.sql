-- What was known when, and what events do to pending trades.

-- closed_at: when a revision ceased to be CALCULATED; confirmed_at: when its payment was confirmed. Of rows written before they were kept, the
-- next row of the option, or the reversal of the same revision, says when; a confirmation's own record says when it came.
ALTER TABLE entitlements ADD COLUMN closed_at timestamptz, ADD COLUMN confirmed_at timestamptz;
UPDATE entitlements AS e SET closed_at = coalesce(
    (SELECT min(n.calculated_at) FROM entitlements AS n
     WHERE n.corporate_action_event_id = e.corporate_action_event_id AND n.safekeeping_account = e.safekeeping_account
       AND n.option_number = e.option_number AND (n.revision > e.revision OR (n.revision = e.revision AND n.is_reversal))),
    e.calculated_at)
    WHERE e.status <> 'CALCULATED' AND NOT e.is_reversal;
UPDATE entitlements AS e SET confirmed_at = coalesce(
    (SELECT min(f.recorded_at) FROM facts AS f WHERE f.record_type = 'confirmation'
       AND f.identity = e.corporate_action_event_id || '/' || e.safekeeping_account || '/' || e.option_number),
    e.calculated_at)
    WHERE e.payment_status = 'CONFIRMED';
CREATE INDEX entitlements_by_calculated_at ON entitlements (corporate_action_event_id, calculated_at);

-- Every revision and reversal that was there at an instant, with the status that it had then.
CREATE FUNCTION entitlements_as_at(instant timestamptz) RETURNS TABLE (
    corporate_action_event_id text, safekeeping_account text, option_number text, revision integer, is_reversal boolean, status text,
    payment_status text, calculated_at timestamptz, closed_at timestamptz, confirmed_at timestamptz, calculation_key text, result jsonb
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT e.corporate_action_event_id, e.safekeeping_account, e.option_number, e.revision, e.is_reversal,
           CASE WHEN e.is_reversal OR e.closed_at <= instant THEN e.status ELSE 'CALCULATED' END,
           CASE WHEN e.confirmed_at <= instant THEN 'CONFIRMED' ELSE 'EXPECTED' END,
           e.calculated_at, CASE WHEN e.closed_at <= instant THEN e.closed_at END,
           CASE WHEN e.confirmed_at <= instant THEN e.confirmed_at END, e.calculation_key, e.result
    FROM entitlements AS e WHERE e.calculated_at <= instant
$$;

-- Current claims on distributions, by event and trade: credit positive. `result` is what calculate prints of each.
CREATE TABLE market_claims (
    corporate_action_event_id text    NOT NULL,
    trade_id                  text    NOT NULL,
    safekeeping_account       text    NOT NULL,
    claim_type                text    NOT NULL CHECK (claim_type IN ('MARKET_CLAIM', 'REVERSE_CLAIM')),
    quantity                  numeric NOT NULL,
    market_claim_amount       numeric NOT NULL,
    currency                  text,
    result                    jsonb   NOT NULL,
    PRIMARY KEY (corporate_action_event_id, trade_id)
);
CREATE INDEX market_claims_by_trade ON market_claims (trade_id);

CREATE TABLE transformations (
    corporate_action_event_id text    NOT NULL,
    trade_id                  text    NOT NULL,
    safekeeping_account       text    NOT NULL,
    isin_out                  text,
    quantity                  numeric NOT NULL,
    settlement_amount         numeric NOT NULL,
    result                    jsonb   NOT NULL,
    PRIMARY KEY (corporate_action_event_id, trade_id)
);
CREATE INDEX transformations_by_trade ON transformations (trade_id);

-- One row per trade and option elected for it; `part` counts them.
CREATE TABLE buyer_protections (
    corporate_action_event_id text    NOT NULL,
    trade_id                  text    NOT NULL,
    part                      integer NOT NULL,
    safekeeping_account       text    NOT NULL,
    option_number             text,
    quantity                  numeric NOT NULL,
    result                    jsonb   NOT NULL,
    PRIMARY KEY (corporate_action_event_id, trade_id, part)
);
CREATE INDEX buyer_protections_by_trade ON buyer_protections (trade_id);
