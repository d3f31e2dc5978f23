"""Erasing what is held of one conversation, on the hub and on nodes."""
