"""Commands to nodes: signed, sent until a receipt comes or they expire."""
