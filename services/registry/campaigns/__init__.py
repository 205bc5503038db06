"""Campaigns (专项行动) with stages that may overlap, and what is to be reported upwards by which day."""
