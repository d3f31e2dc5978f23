"""Accounts at the broker: one a node, with rights for its own topics, gone with the node."""
