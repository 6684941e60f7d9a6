-- Which row of the rates taxed an entitlement, and whether it names the residence. Null where no row did, and in what was calculated before.
ALTER TABLE entitlements
    ADD COLUMN rate_id text,
    ADD COLUMN rate_basis text CHECK (rate_basis IN ('ROW', 'FALLBACK'));
