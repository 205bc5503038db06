"""Versions of the registry's tables, in order."""
