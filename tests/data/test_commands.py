#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command palette has every action of the window and of its pages that needs no object to be
chosen first."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Of the one thing that they stand beside: a recording, a model, a voice, a paragraph, a folder.
OF_A_THING = {"card.export", "card.copy", "card.tokens", "batch.remove",
              "model.default", "model.measure", "model.remove", "voice.rename", "voice.revoke",
              "voice.delete", "narration.play", "narration.retake", "narration.choose",
              "narration.play-take", "win.move-to", "win.rename-folder", "win.remove-folder",
              "win.open-conversation", "win.open-nth", "win.search-for"}
# Means by which others do something, and what the palette itself is.
MEANS = {"win.tell", "win.commands", "win.go-back", "win.begin-talking", "win.end-talking",
         "win.open-file", "win.open-files"}


def find_actions():
    found = set()
    for path in sorted((ROOT / "ui").rglob("*.c")):
        text = path.read_text(encoding="utf-8")
        found.update(re.findall(r'install_action \(\s*\w+, "([a-z]+\.[a-z-]+)"', text))
        found.update(re.findall(r'\{ "((?:win|app)\.[a-z-]+)", (?:NULL|"[a-z()]+"), \w+ \}', text))
    return found


commands = (ROOT / "ui/window/commands.c").read_text(encoding="utf-8")
offered = set(re.findall(r'"([a-z]+\.[a-z-]+)(?:::[a-z]+)?", (?:NULL|"[a-z]+") \}', commands))
actions = find_actions()
missing = actions - offered - OF_A_THING - MEANS
problems = [f"{name} is not in the palette" for name in sorted(missing)]
problems += [f"{name} is in no file of ui/" for name in sorted(OF_A_THING - actions)]
print("1..1")
for problem in problems:
    print(f"# {problem}")
if len(actions) < 30:
    problems.append("actions are not found")
print(f"{'not ok' if problems else 'ok'} 1 commands")
raise SystemExit(bool(problems))
