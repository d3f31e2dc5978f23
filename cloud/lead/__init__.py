"""Requests of visitors to providers, on their way from the hub to the tenant."""
