-- Facts, what is current of them, entitlements, tax lots and the outbox. Amounts and quantities are unlimited numerics: no float, no lost scale.

CREATE TABLE inbox (
    record_id   text PRIMARY KEY,
    outcome     text NOT NULL,
    reason      text,
    detail      text,
    recorded_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE facts (
    record_type text   NOT NULL,
    identity    text   NOT NULL,
    sequence    bigint NOT NULL,
    digest      text   NOT NULL,
    body        jsonb  NOT NULL,
    record_id   text   NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (record_type, identity, sequence)
);

-- The highest sequence of each identity, but for positions.
CREATE TABLE current_records (
    record_type               text   NOT NULL,
    identity                  text   NOT NULL,
    sequence                  bigint NOT NULL,
    body                      jsonb  NOT NULL,
    safekeeping_account       text GENERATED ALWAYS AS (body ->> 'safekeeping_account') STORED,
    isin                      text GENERATED ALWAYS AS (body ->> 'isin') STORED,
    corporate_action_event_id text GENERATED ALWAYS AS (body ->> 'corporate_action_event_id') STORED,
    PRIMARY KEY (record_type, identity)
);
CREATE INDEX current_records_by_account ON current_records (record_type, safekeeping_account);
CREATE INDEX current_records_by_isin ON current_records (record_type, isin);
CREATE INDEX current_records_by_event ON current_records (record_type, corporate_action_event_id);

CREATE TABLE current_positions (
    safekeeping_account text    NOT NULL,
    isin                text    NOT NULL,
    safekeeping_place   text    NOT NULL,
    as_of_date          date    NOT NULL,
    settled_quantity    numeric NOT NULL,
    source              text    NOT NULL,
    sequence            bigint  NOT NULL,
    PRIMARY KEY (isin, safekeeping_account, safekeeping_place, as_of_date)
);

CREATE TABLE entitlements (
    corporate_action_event_id text    NOT NULL,
    version                   integer NOT NULL,
    revision                  integer NOT NULL,
    safekeeping_account       text    NOT NULL,
    option_number             text    NOT NULL,
    isin                      text    NOT NULL,
    event_type                text    NOT NULL,
    status                    text    NOT NULL CHECK (status IN ('CALCULATED', 'SUPERSEDED', 'REVERSED')),
    payment_status            text    NOT NULL CHECK (payment_status IN ('EXPECTED', 'CONFIRMED')),
    eligible_quantity         numeric NOT NULL,
    debited_quantity          numeric NOT NULL,
    fraction_quantity         numeric NOT NULL,
    entitled_quantity         numeric NOT NULL,
    isin_out                  text,
    gross_amount              numeric NOT NULL,
    withholding_tax_rate      numeric NOT NULL,
    withholding_tax_amount    numeric NOT NULL,
    tax_reclaim_amount        numeric NOT NULL,
    net_amount                numeric NOT NULL,
    cash_in_lieu_amount       numeric NOT NULL,
    currency                  text,
    record_date               date,
    payment_date              date,
    rules_version             text    NOT NULL,
    calculated_at             timestamptz NOT NULL,
    calculation_key           text    NOT NULL,
    is_reversal               boolean NOT NULL DEFAULT false,
    result                    jsonb   NOT NULL,
    PRIMARY KEY (corporate_action_event_id, safekeeping_account, option_number, revision, is_reversal)
);
CREATE UNIQUE INDEX entitlements_one_calculated ON entitlements (corporate_action_event_id, safekeeping_account, option_number)
    WHERE status = 'CALCULATED';
CREATE INDEX entitlements_by_account ON entitlements (safekeeping_account);

CREATE TABLE tax_lots (
    lot_id               text    NOT NULL,
    parent_lot_id        text,
    safekeeping_account  text    NOT NULL,
    isin                 text    NOT NULL,
    acquisition_date     date    NOT NULL,
    holding_period_start date    NOT NULL,
    quantity             numeric NOT NULL,
    quantity_ratio       jsonb,
    cost_basis           numeric NOT NULL,
    currency             text    NOT NULL,
    opened_by            text    NOT NULL,
    closed_at            date,
    PRIMARY KEY (safekeeping_account, lot_id)
);
CREATE INDEX tax_lots_by_isin ON tax_lots (isin);

-- Versions of events that were calculated for all holders: what is due and not here waits for its record date.
CREATE TABLE calculated_events (
    corporate_action_event_id text   NOT NULL,
    version                   bigint NOT NULL,
    PRIMARY KEY (corporate_action_event_id, version)
);

-- What waits for a fact: a trade or an event and account, with the reason.
CREATE TABLE held (
    kind                text NOT NULL,
    identity            text NOT NULL,
    safekeeping_account text NOT NULL DEFAULT '',
    reason              text NOT NULL,
    field               text NOT NULL,
    detail              text NOT NULL,
    PRIMARY KEY (kind, identity, safekeeping_account)
);

CREATE TABLE outbox (
    outbox_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text  NOT NULL,
    key          text  NOT NULL,
    body         jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
);
CREATE INDEX outbox_waiting ON outbox (outbox_id) WHERE published_at IS NULL;
