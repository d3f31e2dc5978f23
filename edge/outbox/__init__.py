"""What the node has to tell the hub, sealed, until the hub has it."""
