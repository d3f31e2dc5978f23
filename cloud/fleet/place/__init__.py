"""Tenants and their markets."""
