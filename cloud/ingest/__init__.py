"""What nodes tell the hub: stored sealed, acknowledged once it is safe, and opened elsewhere."""
