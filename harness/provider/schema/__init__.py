"""The AWS provider's schema, as data, and its form in the plugin protocol."""
