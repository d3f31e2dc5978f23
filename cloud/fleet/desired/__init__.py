"""The settings that nodes are to have."""
