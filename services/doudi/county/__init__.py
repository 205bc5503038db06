"""The synthetic county: invented people, their agencies' exports with the dirt of real ones, and the truth."""

from doudi.county.make import CountySummary, make_county, make_linkage_set
from doudi.county.tables import LEVELS

__all__ = ["LEVELS", "CountySummary", "make_county", "make_linkage_set"]
