"""Answers that a model has phrased already, kept so that they need not be phrased again."""
