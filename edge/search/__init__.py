"""Finding providers: text, vectors and filters over the node's own SQLite file."""
