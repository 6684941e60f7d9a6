"""ISO 20022 messages: XML, and the elements that records are made of."""
