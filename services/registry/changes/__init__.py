"""The registry's commit-ordered feed of changes."""
