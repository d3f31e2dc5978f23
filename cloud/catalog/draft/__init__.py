"""The draft of a market's catalogue: imports and edits, and how it differs from what is published."""
