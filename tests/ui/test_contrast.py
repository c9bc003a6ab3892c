#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written in colours of our own, or on them, can be read in both styles: WCAG 2.1, 4.5 to 1
for text, 3 to 1 for signs and for what shows the focus. The colours are those of ui/style.css and
of the libadwaita that the window is linked to."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT, SIGN = 4.5, 3.0
# Signs without words, behind which the text says the same.
SIGNS = (".message .tools", ".transcript .correct")
# Where texts stand.
BASES = ("window_bg_color", "view_bg_color", "card_bg_color", "popover_bg_color")
# Nothing is written on these.
BARE = (".code-block", ".composer textview")
BYTES = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$", re.I)


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def read_adwaita(name):
    listing = subprocess.run(["ldd", os.environ["HEARSAY_DESKTOP"]], capture_output=True,
                             text=True, check=True).stdout
    library = re.search(r"libadwaita\S* => (\S+)", listing)
    if library is None:
        skip("libadwaita is not a shared library here")
    return subprocess.run(["gresource", "extract", library[1],
                           f"/org/gnome/Adwaita/styles/{name}.css"],
                          capture_output=True, text=True, check=True).stdout


class Style:
    """Colours as (red, green, blue, alpha), 0 to 1."""

    def __init__(self, name):
        self.named = {}
        for file in ("base", f"defaults-{name}"):
            for key, value in re.findall(r"@define-color (\w+) ([^;]+);", read_adwaita(file)):
                self.named[key] = value

    def resolve(self, value):
        value = value.strip()
        if value == "currentColor":
            return self.resolve("@window_fg_color")
        if value.startswith("@"):
            return self.resolve(self.named[value[1:]])
        call = re.match(r"alpha\((.+),\s*([\d.]+)\)$", value)
        if call:
            red, green, blue, alpha = self.resolve(call[1])
            return (red, green, blue, min(alpha * float(call[2]), 1))
        call = re.match(r"mix\((.+),\s*(.+),\s*([\d.]+)\)$", value)
        if call:
            part = float(call[3])
            return tuple(a * (1 - part) + b * part
                         for a, b in zip(self.resolve(call[1]), self.resolve(call[2])))
        call = re.match(r"rgba\(([^)]+)\)$", value)
        if call:
            red, green, blue, alpha = (float(part) for part in call[1].split(","))
            return (red / 255, green / 255, blue / 255, alpha)
        match = BYTES.match({"white": "#ffffff", "black": "#000000"}.get(value, value))
        return (*(int(part, 16) / 255 for part in match.groups()), 1)

    def base(self, name):
        return over(self.resolve(f"@{name}"), self.resolve("@window_bg_color"))


def over(color, below):
    alpha = color[3]
    return (*(c * alpha + b * (1 - alpha) for c, b in zip(color, below[:3])), 1)


def luminance(color):
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    bright, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def read_rules():
    css = re.sub(r"/\*.*?\*/", "", (ROOT / "ui/style.css").read_text(encoding="utf-8"), flags=re.S)
    css = re.sub(r"@keyframes \w+ \{(?:[^{}]*\{[^}]*\})*\s*\}", "", css)
    for selector, body in re.findall(r"([^{}]+)\{([^}]*)\}", css):
        yield " ".join(selector.split()), dict(
            part.split(":", 1) for part in body.replace("\n", " ").split(";") if ":" in part)


def judge(style, selector, rule):
    """Pairs of what is seen and what it is seen on, and how far they have to be apart."""
    rule = {key.strip(): value.strip() for key, value in rule.items()}
    text = style.resolve("@window_fg_color")
    for name in BASES:
        base = style.base(name)
        if "background-color" in rule and not selector.startswith(BARE):
            ground = over(style.resolve(rule["background-color"]), base)
            yield over(text, ground), ground, TEXT, name
        if rule.get("color", "inherit") != "inherit":
            yield over(style.resolve(rule["color"]), base), base, TEXT, name
        if 0 < float(rule.get("opacity", 1)) < 1:
            faint = (*text[:3], text[3] * float(rule["opacity"]))
            yield over(faint, base), base, SIGN if selector.startswith(SIGNS) else TEXT, name
        ring = re.search(r"alpha\(@accent_color, [\d.]+\)",
                         rule.get("outline", "") + rule.get("box-shadow", ""))
        if "focus" in selector and ring:
            yield over(style.resolve(ring[0]), base), base, SIGN, name


def main():
    if shutil.which("gresource") is None:
        skip("gresource is not installed")
    bad, n = [], 0
    for name in ("light", "dark"):
        style = Style(name)
        for selector, rule in read_rules():
            for seen, ground, least, base in judge(style, selector, rule):
                n += 1
                found = contrast(seen, ground)
                if found < least:
                    bad.append(f"{name}, {selector} on {base}: {found:.2f}, at least {least}")
    print("1..1")
    for line in bad:
        print(f"# {line}")
    print(f"# {n} pairs of colours")
    print("not ok 1 contrast" if bad or n < 50 else "ok 1 contrast")
    sys.exit(1 if bad or n < 50 else 0)


main()
