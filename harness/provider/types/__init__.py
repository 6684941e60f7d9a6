"""The resource types of our HCL, a module per family: a table entry for a plain type, an override where a type is odd."""
