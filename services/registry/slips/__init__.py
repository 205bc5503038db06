"""Slips (协查函): somebody supported in two counties at once, put to both by the prefecture, answered by each."""
