"""How nodes and hub stand with each other: what waits, what is lost, what was refused."""
