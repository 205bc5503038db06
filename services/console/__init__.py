"""The townships' workbench and the county's dashboard: pages over the two APIs, no database of its own."""
