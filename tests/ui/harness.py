# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the window as somebody with a screen reader and a keyboard does: controls are found by
role and name over AT-SPI, keys are pressed by the X server's test extension.

Runs under Debian's python3, which has pyatspi, with a session bus and an X server of its own; where
one of these is missing the tests skip. A test module ends with harness.main()."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data/samples/inaugural.wav"
MIRRORED = "he"
NEEDED = ("dbus-run-session", "xvfb-run", "xdotool")


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def ensure_session():
    """Starts this script again with a bus and a screen, unless it has them."""
    if os.environ.get("HEARSAY_TEST_SESSION"):
        return
    for program in NEEDED:
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    environment = dict(os.environ, HEARSAY_TEST_SESSION="1")
    for name in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "GTK_A11Y"):
        environment.pop(name, None)
    # The bus of AT-SPI has its socket there; sessions at the same time would take it away.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment["XDG_RUNTIME_DIR"] = folder
        environment["HEARSAY_TEST_SCREEN"] = folder
        session = subprocess.run(["dbus-run-session", "--", "xvfb-run", "-a", "-s",
                                  f"-screen 0 1280x860x24 -fbdir {folder}", sys.executable,
                                  *sys.argv],
                                 env=environment, check=False)
    sys.exit(session.returncode)


def models_folder():
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return pathlib.Path(os.environ.get("HEARSAY_MODELS") or f"{data}/hearsay/models")


def missing_model(*ids):
    """The first of them that is not installed, or None."""
    return next((name for name in ids if not (models_folder() / f"{name}.gguf").is_file()), None)


def need_models(*ids):
    name = missing_model(*ids)
    if name is not None:
        skip(f"the model {name} is not installed")


def wait_for_window(seconds=30):
    """Until there is something to be seen on the screen; for programs that AT-SPI does not ask."""
    end = time.monotonic() + seconds
    while subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "."], check=False,
                         capture_output=True).stdout == b"":
        assert time.monotonic() < end, f"no window in {seconds} s"
        time.sleep(0.1)


def wait_for_quiet(process, quiet_s=0.3, seconds=30):
    """Until a program has nothing more to do: so long a time in which it hardly uses a processor.
    For what AT-SPI is not asked about, or does not tell."""
    def look():
        fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        return fields[0] == "R", int(fields[11]) + int(fields[12])

    end = time.monotonic() + seconds
    _, before = look()
    while time.monotonic() < end:
        time.sleep(quiet_s)
        is_busy, now = look()
        # A caret blinks.
        if not is_busy and now - before <= max(1, 0.05 * quiet_s * os.sysconf("SC_CLK_TCK")):
            return
        before = now
    raise AssertionError(f"the program is busy for {seconds} s")


class Home:
    """A user's folders, of which nothing remains when the test is over."""

    def __init__(self):
        self.windows = []
        self.folder = pathlib.Path(os.environ["HEARSAY_TEST_HOME"])
        self.environment = dict(
            os.environ,
            HEARSAY_MODELS=str(models_folder()),
            GSETTINGS_BACKEND="keyfile",
            GSK_RENDERER="cairo",
            GDK_BACKEND="x11",
            GTK_THEME="",
            ADW_DISABLE_PORTAL="1",
            LC_ALL=os.environ.get("HEARSAY_TEST_LOCALE", "C.UTF-8"),
        )
        del self.environment["GTK_THEME"]
        for name in ("DATA", "CONFIG", "CACHE", "STATE"):
            path = self.folder / name.lower()
            path.mkdir(exist_ok=True)
            self.environment[f"XDG_{name}_HOME"] = str(path)

    def make_mirrored(self):
        """What turns a window from right to left. An empty translation does: without one GLib
        leaves GTK's own aside, too."""
        folder = self.folder / f"locale/{MIRRORED}/LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
        subprocess.run(["msgfmt", "-o", folder / "hearsay.mo", "-"], input=header, text=True,
                       check=True)
        return {"LANGUAGE": MIRRORED, "HEARSAY_LOCALEDIR": str(self.folder / "locale")}

    def close(self):
        for window in self.windows:
            window.close()


class Window:
    """The program, running."""

    def __init__(self, home, *arguments, **environment):
        self.home = home
        self.log = home.folder / "log"
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [os.environ["HEARSAY_DESKTOP"], *map(str, arguments)],
                env=dict(home.environment, **environment), stdout=log, stderr=log)
        home.windows.append(self)
        self.application = None
        self.application = self.wait_for(self._find_application, "the window", 30)

    def _find_application(self):
        import pyatspi
        desktop = pyatspi.Registry.getDesktop(0)
        # What was asked while a program started is remembered as it was then, for ever.
        desktop.clear_cache()
        for application in desktop:
            with contextlib.suppress(Exception):
                application.clear_cache()
                if application is not None and application.get_process_id() == self.process.pid \
                        and application.childCount > 0:
                    return application
        return None

    def wait_for(self, condition, what, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, f"the program ended; {self.log.read_text()}"
            found = condition()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{what}: not within {seconds} s; shown: {self.texts()}")

    def walk(self, node=None):
        stack = [node or self.application] if node or self.application else []
        while stack:
            node = stack.pop()
            yield node
            with contextlib.suppress(Exception):
                stack.extend(child for child in reversed(list(node)) if child is not None)

    def look(self, role, name):
        for node in self.walk():
            with contextlib.suppress(Exception):
                if node.getRoleName() == role and name in (node.name or ""):
                    return node
        return None

    def find(self, role, name, seconds=10):
        """The control, when it has come. GTK 4.8 does not tell whether it is on the screen."""
        return self.wait_for(lambda: self.look(role, name), f"{role} “{name}”", seconds)

    def press(self, name, role="push button"):
        """The name is whole, or the beginning of a longer one that ends in dots here."""
        def look():
            for node in self.walk():
                with contextlib.suppress(Exception):
                    # A menu button has a second self that does nothing.
                    if node.getRoleName() == role and self.is_called(node.name or "", name) \
                            and node.queryAction().nActions > 0:
                        return node
            return None
        self.wait_for(look, f"{role} “{name}”").queryAction().doAction(0)

    @staticmethod
    def is_called(full, name):
        # GTK 4.8 puts a button's label with its mnemonic first.
        return (full == name or full.endswith(f"_{name} {name}")
                or name.endswith("…") and full.startswith(name[:-1]))

    def wait_for_focus(self, role, name=""):
        """Until what is typed goes to such a control."""
        import pyatspi

        def has_focus():
            for node in self.walk():
                with contextlib.suppress(Exception):
                    if node.getRoleName() == role and name in (node.name or "") \
                            and node.getState().contains(pyatspi.STATE_FOCUSED):
                        return True
            return False
        self.wait_for(has_focus, f"{role} “{name}” with the focus")

    def texts(self):
        """All that can be read."""
        found = []
        for node in self.walk():
            with contextlib.suppress(Exception):
                name = node.name
                if name and name not in found:
                    found.append(name)
        return found

    def see(self, text, seconds=10):
        return self.wait_for(lambda: any(text in t for t in self.texts()), f"“{text}”", seconds)

    @staticmethod
    def type(text):
        subprocess.run(["xdotool", "type", "--delay", "5", text], check=True)

    @staticmethod
    def key(*keys):
        subprocess.run(["xdotool", "key", *keys], check=True)

    @staticmethod
    def point(x, y):
        subprocess.run(["xdotool", "mousemove", str(x), str(y)], check=True)

    @classmethod
    def click(cls, x, y):
        cls.point(x, y)
        subprocess.run(["xdotool", "click", "1"], check=True)

    def children(self):
        """The processes that the program started."""
        path = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()
        self.process.wait()

    def complaints(self):
        """What GLib found wrong with the program."""
        return [line for line in self.log.read_text(encoding="utf-8").splitlines()
                if "CRITICAL" in line or "** ERROR" in line]


def run_part(test):
    """One test in this process; the exit status says how it went."""
    home = Home()
    try:
        test(home)
        return 0
    except AssertionError as error:
        print("\n".join(f"# {line}" for line in str(error).splitlines()), flush=True)
        return 1
    finally:
        home.close()


def run_alone(test):
    """The exit status of a process of its own for one function. Programs that it leaves behind, if
    it dies, would answer for those of the next."""
    process = subprocess.Popen([sys.executable, sys.argv[0], "--part", test.__name__],
                               start_new_session=True)
    status = process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return status


def main(tests):
    """Runs functions of a home, in order, and prints TAP. Each has a process of its own: libatspi
    keeps what it saw of windows and dialogues that are gone, and stumbles over it. For the same
    reason a test whose windows come one after the other, with dialogues, is a tuple of functions,
    one for each window, which share a home. A function with an attribute `models` is skipped where
    one of them is not installed."""
    sequences = [test if isinstance(test, tuple) else (test,) for test in tests]
    if len(sys.argv) > 2 and sys.argv[1] == "--part":
        parts = {part.__name__: part for sequence in sequences for part in sequence}
        sys.exit(run_part(parts[sys.argv[2]]))
    failed = 0
    wanted = [parts for parts in sequences
              if not sys.argv[1:] or parts[0].__name__ in sys.argv[1:]]
    print(f"1..{len(wanted)}", flush=True)
    for number, parts in enumerate(wanted, 1):
        lacking = missing_model(*getattr(parts[0], "models", ()))
        if lacking is not None:
            print(f"ok {number} {parts[0].__name__} # SKIP the model {lacking} is not installed",
                  flush=True)
            continue
        with tempfile.TemporaryDirectory(prefix="hearsay-ui-", ignore_cleanup_errors=True) as home:
            os.environ["HEARSAY_TEST_HOME"] = home
            is_right = all(run_alone(part) == 0 for part in parts)
        failed += not is_right
        print(f"{'ok' if is_right else 'not ok'} {number} {parts[0].__name__}", flush=True)
    sys.exit(1 if failed else 0)
