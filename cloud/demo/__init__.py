"""The whole loop on one machine in one command: hub, broker, a demo tenant, a node that joins and syncs."""
