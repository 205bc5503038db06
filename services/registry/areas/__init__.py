"""Divisions through time: 12-digit codes with validity dates and successors."""
