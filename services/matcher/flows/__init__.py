"""The stories: each tells one journey from its beginning to its end, calling the steps in order."""
