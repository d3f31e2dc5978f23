"""The delivery worker: the only one that reads contacts, and only to pass them on."""
