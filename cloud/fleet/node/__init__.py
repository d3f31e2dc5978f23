"""Nodes: made, joining, let in, kept out."""
