"""Reads sealed records and makes typed rows of them: the only process that holds the keys to do so."""
