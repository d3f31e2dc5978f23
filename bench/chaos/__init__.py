"""Breaks node, line, broker, hub and database, and holds what arrived against what was promised."""
