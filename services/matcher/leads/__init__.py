"""The match list: one lead per person with all findings."""
