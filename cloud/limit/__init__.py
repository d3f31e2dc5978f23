"""How often somebody may try what is open to everybody: logins, tokens, enrolments, the front page."""
