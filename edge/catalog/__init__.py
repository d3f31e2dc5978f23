"""The catalogue a node holds: providers, their categories, the market; how they come in and go out."""
