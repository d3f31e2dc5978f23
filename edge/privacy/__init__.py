"""What this counter holds of one conversation, handed out or erased when its visitor asks."""
