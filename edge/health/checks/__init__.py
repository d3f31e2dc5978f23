"""One file a check, found by folder: each has a function `check(vitals) -> Finding`."""
