"""Measuring a node as a whole: how right its answers are, how fast they come, how much memory they take."""
