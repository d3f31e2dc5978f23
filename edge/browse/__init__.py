"""Looking through the catalogue without a conversation: search, the market, a record to take along."""
