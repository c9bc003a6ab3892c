#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches conversations as the desktop's shell does: the bus starts the program, which answers."""

import ast
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ID = "io.github.hearsay_app.Hearsay"
OBJECT = "/io/github/hearsay_app/Hearsay"
PROVIDER = "org.gnome.Shell.SearchProvider2"


def call(path, method, *arguments, expected=0):
    result = subprocess.run(["gdbus", "call", "--session", "--timeout", "60", "--dest", ID,
                             "--object-path", path, "--method", method, *arguments],
                            text=True, capture_output=True, check=False)
    assert (result.returncode == 0) == (expected == 0), result.stdout + result.stderr
    return result.stdout.strip()


def search(*terms):
    found = call(f"{OBJECT}/SearchProvider", f"{PROVIDER}.GetInitialResultSet", str(list(terms)))
    return ast.literal_eval(found.replace("@as ", ""))[0]


def has_window(number):
    path = f"{OBJECT}/window/{number}"
    listed = subprocess.run(["gdbus", "call", "--session", "--dest", ID, "--object-path", path,
                             "--method", "org.gtk.Actions.List"],
                            capture_output=True, check=False)
    return listed.returncode == 0


def wait_for(condition, what):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def test():
    found = search("python")
    assert len(found) == 1, found
    assert search("python", "nowhere-to-be-found") == []
    assert search("") == []
    narrowed = call(f"{OBJECT}/SearchProvider", f"{PROVIDER}.GetSubsearchResultSet", str(found),
                    "['timsort']")
    assert found[0] in narrowed, narrowed
    metas = call(f"{OBJECT}/SearchProvider", f"{PROVIDER}.GetResultMetas", f"['{found[0]}', '99']")
    assert f"'id': <'{found[0]}'>" in metas and "Python" in metas, metas
    assert "Timsort" in metas, metas
    assert metas.count("'id'") == 1, metas
    # What is not a number, or no conversation any more, brings the window only.
    call(f"{OBJECT}/SearchProvider", f"{PROVIDER}.GetResultMetas", "['', 'x', '-1']")
    assert not has_window(1)
    call(f"{OBJECT}/SearchProvider", f"{PROVIDER}.ActivateResult", found[0], "['python']", "0")
    wait_for(lambda: has_window(1), "no window came")
    call(f"{OBJECT}/SearchProvider", f"{PROVIDER}.LaunchSearch", "['timsort']", "0")
    call(f"{OBJECT}/SearchProvider", f"{PROVIDER}.ActivateResult", "12345", "[]", "0")
    call(OBJECT, "org.freedesktop.Application.ActivateAction", "new-conversation", "[]", "{}")
    assert has_window(1) and not has_window(2), "one window, not two"
    call(f"{OBJECT}/SearchProvider", f"{PROVIDER}.GetInitialResultSet", "3", expected=1)
    call(OBJECT, "org.freedesktop.Application.ActivateAction", "quit", "[]", "{}")


def start_session():
    for program in ("dbus-run-session", "xvfb-run", "gdbus"):
        if shutil.which(program) is None:
            print(f"{program} is not installed")
            sys.exit(77)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = dict(os.environ, HEARSAY_TEST_SESSION=folder, HOME=folder,
                           XDG_DATA_HOME=f"{folder}/data", XDG_CONFIG_HOME=f"{folder}/config",
                           XDG_CACHE_HOME=f"{folder}/cache", XDG_RUNTIME_DIR=folder,
                           GSETTINGS_BACKEND="memory", GDK_BACKEND="x11", GSK_RENDERER="cairo",
                           ADW_DISABLE_PORTAL="1", GTK_A11Y="none", LC_ALL="C.UTF-8",
                           G_MESSAGES_DEBUG="")
        for name in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
            environment.pop(name, None)
        services = pathlib.Path(folder, "data/dbus-1/services")
        services.mkdir(parents=True)
        template = ROOT / f"data/{ID}.service.in"
        text = template.read_text(encoding="utf-8")
        assert "@bindir@/hearsay-desktop" in text
        program = pathlib.Path(folder, "hearsay-desktop")
        program.write_text("#!/bin/sh\nexec \"$HEARSAY_DESKTOP\" \"$@\" 2>> "
                           f"{folder}/log\n", encoding="utf-8")
        program.chmod(0o755)
        (services / f"{ID}.service").write_text(text.replace("@bindir@", folder), encoding="utf-8")
        subprocess.run([os.environ["HEARSAY_FILL_STORE"], ROOT / "tests/ui/demo.md"], check=True,
                       env=environment)
        status = subprocess.run(["xvfb-run", "-a", "dbus-run-session", "--", sys.executable,
                                 __file__], env=environment, check=False).returncode
        log = pathlib.Path(folder, "log").read_text(encoding="utf-8")
        if "CRITICAL" in log or status:
            print(log)
            sys.exit(1)


if os.environ.get("HEARSAY_TEST_SESSION"):
    test()
else:
    start_session()
