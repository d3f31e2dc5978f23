"""Whether the hub can do its work: what `/health` and `prilavok hub doctor` ask."""
