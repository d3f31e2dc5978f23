"""Requests to a provider, sealed in the visitor's browser: the node keeps what it cannot read."""
