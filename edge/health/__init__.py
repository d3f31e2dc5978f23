"""Whether this node can do its work, and what is wrong where it cannot."""
