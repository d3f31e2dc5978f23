"""Blobs and heads on the broker: put there, looked after, cleared away."""
