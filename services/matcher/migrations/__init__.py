"""The versions of the matcher's tables."""
