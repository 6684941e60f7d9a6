-- Transfers link the lots of two accounts: from either of them the other is found.
CREATE INDEX transfers_by_giver ON current_records ((body ->> 'from_safekeeping_account')) WHERE record_type = 'transfer';
CREATE INDEX transfers_by_receiver ON current_records ((body ->> 'to_safekeeping_account')) WHERE record_type = 'transfer';
CREATE INDEX facts_of_givers ON facts ((body ->> 'from_safekeeping_account')) WHERE record_type = 'transfer';
CREATE INDEX facts_of_receivers ON facts ((body ->> 'to_safekeeping_account')) WHERE record_type = 'transfer';
