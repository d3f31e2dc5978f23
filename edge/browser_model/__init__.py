"""The small model for a page that phrases answers while the node is away."""
