"""The fleet: tenants, markets and nodes; joining, broker accounts, commands, settings, rollouts."""
