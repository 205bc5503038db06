"""Values of the country: ID numbers, names, divisions, dates, phones, as Chinese law and offices write them.

Pure: nothing here reads anything but its own package data, and that only when first asked for it.
"""
