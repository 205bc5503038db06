"""Figures for the people who answer for the work: counts and shares, never a person."""
