"""Versions of a market's catalogue: publishing, rolling back, history."""
