"""A change taken to many nodes in stages, which stops by itself when nodes fail."""
