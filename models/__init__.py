"""AI models: which ones, where their bytes come from, and how they run."""
