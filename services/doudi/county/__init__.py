"""The synthetic county: invented people, their agencies' exports with the dirt of real ones, and the truth."""

from doudi.county.make import CountySummary, make_county, make_linkage_set
from doudi.county.mistakes import Mistakes, make_mistakes
from doudi.county.next_month import Answers, MonthSummary, make_next_month
from doudi.county.planting import PlantedSummary, plant_cases
from doudi.county.tables import LEVELS

__all__ = [
    "LEVELS",
    "Answers",
    "CountySummary",
    "Mistakes",
    "MonthSummary",
    "PlantedSummary",
    "make_county",
    "make_linkage_set",
    "make_mistakes",
    "make_next_month",
    "plant_cases",
]
