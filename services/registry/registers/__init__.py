"""Registers kept beside persons, households, cases and townships: one engine, one file per register."""
