"""ISO 15022 messages in the FIN form: text, formats of fields, published structure."""
