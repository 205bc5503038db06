"""Backups of both services at one moment, verified by restoring them, and the way back (docs/decisions/0134)."""
