"""Charts as SVG made here: bars, funnel, tiles, lines. They know no statistic, only labels, values and links.

Widths are percentages and type is in pixels, so that a chart fills a telephone or a wall and its words stay readable.
Colours are classes of `static/charts.css`; nothing bears a style of its own (the pages' policy forbids it).
"""
