"""Charts of a report's days, drawn by us: one geometry, coloured by the page's style sheet or by attributes of its own.

    series = Series.of(block, Metric.SPEND)
    svg.page(lines.draw(series, DESKTOP))       # in a page: classes, both themes
    svg.image(lines.draw(series, IMAGE))        # in a picture: presentation attributes, the light theme

`bars.draw` is the same for results by day (`series.results_of` picks which), `sparks.draw` the small line beside a
figure. `drawing.DESKTOP`, `PHONE` (and the lower `*_BARS`) are drawn each on its own, never shrunk from one another.
"""
