-- Which day's rate of a currency in the tax currency each account's lots ask for: a new rate, or a corrected one, folds them again.
CREATE TABLE needed_rates (
    safekeeping_account text NOT NULL,
    currency            text NOT NULL,
    tax_currency        text NOT NULL,
    day                 date NOT NULL,
    PRIMARY KEY (safekeeping_account, currency, tax_currency, day)
);
CREATE INDEX needed_rates_by_day ON needed_rates (day, currency, tax_currency);
