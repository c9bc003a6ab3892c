# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines over numbers as SVG, for the documentation."""

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 48
COLOURS = ("#1c71d8", "#c64600")


def _nice(most):
    """A round number that some four steps of reach `most`."""
    step = 10.0 ** -6
    while True:
        for factor in (1, 2, 5):
            if most / (step * factor) <= 5:
                return step * factor
        step *= 10


def _number(value):
    return "%g" % round(value, 6)


def lines(title, x_title, y_title, series):
    """series: name and pairs of numbers, both from 0 on."""
    most_x = max(x for _, points in series for x, _ in points)
    most_y = max(y for _, points in series for _, y in points)
    step_x, step_y = _nice(most_x), _nice(most_y)

    def at_x(x):
        return LEFT + x / most_x * (WIDTH - LEFT - RIGHT)

    def at_y(y):
        return HEIGHT - BOTTOM - y / (most_y * 1.05) * (HEIGHT - TOP - BOTTOM)

    def text(x, y, what, anchor="middle", extra=""):
        return '<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>' % (x, y, anchor, extra, what)

    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d"'
        ' font-family="sans-serif" font-size="12">' % (WIDTH, HEIGHT, WIDTH, HEIGHT),
        "<title>%s</title>" % title,
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        text(LEFT, 18, title, "start", ' font-weight="bold"'),
    ]
    y = 0.0
    while y <= most_y * 1.05:
        out.append('<path d="M%d %.1fH%d" stroke="#dddddd"/>' % (LEFT, at_y(y), WIDTH - RIGHT))
        out.append(text(LEFT - 6, at_y(y) + 4, _number(y), "end"))
        y += step_y
    x = 0.0
    while x <= most_x:
        out.append(text(at_x(x), HEIGHT - BOTTOM + 18, _number(x)))
        x += step_x
    out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_title))
    out.append(text(LEFT - 48, TOP - 8, y_title, "start"))
    for number, (name, points) in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join("%.1f,%.1f" % (at_x(x), at_y(y)) for x, y in points)
        out.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>'
                   % (path, colour))
        for x, y in points:
            out.append('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (at_x(x), at_y(y), colour))
        out.append(text(WIDTH - RIGHT, TOP - 8 - 14 * (len(series) - 1 - number), name, "end",
                        ' fill="%s"' % colour))
    return "\n".join(out) + "\n</svg>\n"
