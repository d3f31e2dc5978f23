"""What runs a model. Heavy: imported only where a model is really used."""
