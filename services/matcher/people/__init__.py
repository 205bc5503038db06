"""Whom a record can be: registry persons, and the subjects no registry knows."""
