"""The hub: takes what nodes tell, keeps tenants apart, and sends catalogues, settings and commands."""
