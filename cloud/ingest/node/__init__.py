"""What ingest hears of nodes themselves: who is there, which boots speak, what time it was."""
