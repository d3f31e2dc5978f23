"""The node's line to its hub: joining, sending what the outbox keeps, taking what the hub publishes."""
