"""From question to answer: guard, understand, search, choose, compose, verify."""
