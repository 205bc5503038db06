"""Deliveries of the agencies: their state, their rows' outcomes, their encrypted chunks."""
