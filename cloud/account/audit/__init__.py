"""Who changed what, when, and how it was before: lines that are added and never changed."""
