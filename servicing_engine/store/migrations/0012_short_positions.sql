-- Positions below zero of an account are judged whenever its record changes.
CREATE INDEX short_positions ON current_positions (safekeeping_account) WHERE settled_quantity < 0;
