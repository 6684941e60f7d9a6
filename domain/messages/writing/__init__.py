"""Messages out. A table says for each field of a message which of our facts stands there in FIN and in XML, and in what format.

`movements` (with `facts`), `instruction` and `holdings` have the tables, `forms` the formats. `table` fills a message with facts, `texts`
writes it in either standard, and `structure` is what FIN messages are checked against. `write` chooses among these.
"""
