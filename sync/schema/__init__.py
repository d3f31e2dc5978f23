"""The published JSON Schemas of the interchange forms, generated from the types."""
