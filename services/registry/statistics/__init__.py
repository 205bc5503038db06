"""Figures of the registry for whoever answers for the work: counts and sums by division, never a person."""
