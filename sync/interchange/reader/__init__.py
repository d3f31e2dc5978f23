"""Readers: each turns one outside form into a stream of entries, never holding the whole source in memory."""
