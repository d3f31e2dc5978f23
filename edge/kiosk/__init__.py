"""A shared screen on the box: what its browser may do, and the unit that starts it."""
