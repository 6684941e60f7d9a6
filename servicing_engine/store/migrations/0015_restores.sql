-- Restores of this database from a snapshot. Revisions that were lost with the database before had been announced: after each restore
-- revisions are counted from the next million on, so that no number, notification id or calculation is used twice (ADR 20).
CREATE TABLE restores (
    restored_at timestamptz PRIMARY KEY DEFAULT clock_timestamp()
);

-- The highest revision that a database before this one may have announced; 0 where there was none.
CREATE FUNCTION lost_revisions() RETURNS integer LANGUAGE sql STABLE AS $$ SELECT (count(*) * 1000000)::integer FROM restores $$;
