"""The divisions, copied from the registry."""
