"""The catalogue and the rules of reading, as a page takes them along to answer while the node is away."""
