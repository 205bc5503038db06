"""Who did what and who saw whom: the registry's hash-chained journal."""
