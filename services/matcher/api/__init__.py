"""The doors: what agencies, townships and the county call over HTTP."""
