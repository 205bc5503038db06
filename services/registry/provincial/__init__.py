"""Exchange with the province's own system, by files: its layouts are data, one file per template."""
