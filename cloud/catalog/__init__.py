"""The hub's catalogues: imported into a draft, published, rolled back, and put where nodes fetch them."""
