"""Plumbing without domain, on which both services stand; one noun per file."""
