"""Programmes supporting a person from when until when."""
