"""How fast the hub takes records in, against what the same database does with nothing in between."""
