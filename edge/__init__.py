"""The node: a box on a shop counter that answers from the catalogue it holds, with or without a line."""
