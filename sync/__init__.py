"""What node and hub agree on. No input or output happens here."""
