# SPDX-License-Identifier: GPL-3.0-or-later
"""Says how far an installation is: as JSON lines for a program, or as plain lines for a person.

JSON lines, one object each, on stdout:
  {"event": "waiting", "id", "holder"}             another installer holds the store
  {"event": "fetching", "id", "done", "total"}     bytes of packages
  {"event": "note", "id", "text"}                  something worth a line, such as a retry
  {"event": "converting", "id", "done", "total"}   bytes of the resulting file
  {"event": "done", "id", "path"}
  {"event": "error", "kind", "message"}
"""

import json
import sys
import time

INTERVAL_S = 0.15


def size(n_bytes):
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= scale:
            return "%.*f %s" % (2 if unit == "GB" else 0, n_bytes / scale, unit)
    return "%d bytes" % n_bytes


class JsonReport:
    """A line that cannot be written means that nobody waits for the result any more: OSError."""

    def __init__(self):
        self._last = 0.0

    def _line(self, **fields):
        sys.stdout.write(json.dumps(fields) + "\n")
        sys.stdout.flush()

    def _step(self, event, model, done, total):
        now = time.monotonic()
        if done < total and now - self._last < INTERVAL_S:
            return
        self._last = now
        self._line(event=event, id=model, done=done, total=total)

    def waiting(self, model, holder):
        self._line(event="waiting", id=model, holder=holder)

    def fetching(self, model, done, total):
        self._step("fetching", model, done, total)

    def converting(self, model, done, total):
        self._step("converting", model, done, total)

    def note(self, model, text):
        self._line(event="note", id=model, text=text)

    def done(self, model, path):
        self._line(event="done", id=model, path=path)

    def error(self, error):
        self._line(event="error", kind=error.kind, message=str(error))


class PlainReport:
    def __init__(self):
        self._stage = None
        self._tenth = -1

    def _say(self, text):
        print(text, file=sys.stderr, flush=True)

    def _step(self, stage, model, done, total):
        tenth = 10 * done // max(total, 1)
        if stage == self._stage and tenth == self._tenth:
            return
        self._stage, self._tenth = stage, tenth
        self._say("%s: %s, %s of %s" % (model, stage, size(done), size(total)))

    def waiting(self, model, holder):
        self._say("%s: waiting for another installer (%s)" % (model, holder))

    def fetching(self, model, done, total):
        self._step("fetching", model, done, total)

    def converting(self, model, done, total):
        self._step("converting", model, done, total)

    def note(self, model, text):
        self._say("%s: %s" % (model, text))

    def done(self, model, path):
        self._say("%s: installed as %s" % (model, path))

    def error(self, error):
        self._say("tools/models: %s" % error)
