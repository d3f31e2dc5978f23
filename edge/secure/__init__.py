"""HTTPS on a line without internet: the node's own authority, its certificate, and how to trust it."""
