"""Frozen model versions and which one is in force."""
