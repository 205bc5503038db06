"""Doubts put to a human."""
