"""Who may do what: operators and roles, passwords, tokens, the audit log, and one transaction a call."""
