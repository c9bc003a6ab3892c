# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lints share: the files of the tree, and how a lint ends."""

import os
import pathlib
import subprocess
import sys

# Tests of the lints name another tree.
ROOT = pathlib.Path(os.environ.get("LINT_ROOT") or pathlib.Path(__file__).resolve().parents[2])


def files():
    """Paths, relative to the root and sorted, of all files that are or could be committed."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        listing = subprocess.run(command, check=True, capture_output=True).stdout.decode()
        names = [name for name in listing.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):  # a release archive has no git directory
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file()]
        names = [n for n in names if not n.startswith((".git/", "build", "subprojects/"))]
    return sorted(pathlib.PurePosixPath(n) for n in set(names) if (ROOT / n).is_file())


def read(path):
    """The text of a file, or None if it is not text."""
    data = (ROOT / path).read_bytes()
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def interpreter(path):
    """The last word of a script's first line without version, "" if there is none."""
    with open(ROOT / path, "rb") as file:
        first = file.readline(200)
    if not first.startswith(b"#!"):
        return ""
    return first.decode("ascii", "replace").split("/")[-1].split()[-1].rstrip("3")


def is_c(path):
    return path.suffix in (".c", ".h", ".inc")


def is_python(path):
    return path.suffix == ".py" or interpreter(path) == "python"


def is_shell(path):
    return path.suffix in (".sh", ".bash") or interpreter(path) in ("bash", "sh")


def finish(problems):
    """Prints what was found, one line each, and exits."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
