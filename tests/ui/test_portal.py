#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Push to talk by the desktop's GlobalShortcuts portal, which is a mock here: the key records while
it is held; what the desktop does not offer, or somebody refuses, is told."""

import subprocess
import sys
import time

import harness

harness.ensure_session()
try:
    import dbus
    import dbusmock
    import pyatspi  # noqa: F401
except ImportError as error:
    harness.skip(f"{error}: python3-dbusmock and python3-pyatspi are needed")

import microphone  # noqa: E402

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
REQUEST = "org.freedesktop.portal.Request"
SESSION = PATH + "/session/one"
APPLICATION = "io.github.hearsay_app.Hearsay"


def wait_for(condition, what, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)
    return condition()


class Portal:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-m", "dbusmock", NAME, PATH, SHORTCUTS],
                                        stdout=subprocess.DEVNULL)
        self.bus = dbus.SessionBus()
        wait_for(lambda: self.bus.name_has_owner(NAME), "the portal")
        self.mock = self.interface(PATH)
        for name, arguments in (("CreateSession", "a{sv}"),
                                ("BindShortcuts", "oa(sa{sv})sa{sv}")):
            self.mock.AddMethod(SHORTCUTS, name, arguments, "o",
                                f"ret = dbus.ObjectPath('{PATH}/request')")

    def interface(self, path):
        return dbus.Interface(self.bus.get_object(NAME, path), dbusmock.MOCK_IFACE)

    def answer(self, method, response, results):
        """Waits for the call, and answers as the portal does, by a signal of its request."""
        wait_for(lambda: len(self.mock.GetMethodCalls(method)) > 0, method)
        arguments = self.mock.GetMethodCalls(method)[0][1]
        sender = self.bus.get_name_owner(APPLICATION)[1:].replace(".", "_")
        path = f"{PATH}/request/{sender}/{arguments[-1]['handle_token']}"
        self.mock.AddObject(path, REQUEST, dbus.Dictionary({}, signature="sv"),
                            dbus.Array([], signature="(ssss)"))
        self.interface(path).EmitSignal(
            REQUEST, "Response", "ua{sv}",
            [dbus.UInt32(response), dbus.Dictionary(results, signature="sv")])
        return arguments

    def emit(self, signal):
        self.mock.EmitSignal(SHORTCUTS, signal, "osta{sv}",
                             [dbus.ObjectPath(SESSION), "push-to-talk", dbus.UInt64(1),
                              dbus.Dictionary({}, signature="sv")])

    def stop(self):
        self.process.terminate()
        self.process.wait()


def want(home):
    folder = home.folder / "config/glib-2.0/settings"
    folder.mkdir(parents=True)
    (folder / "keyfile").write_text(
        "[io/github/hearsay_app/Hearsay]\ntalk-from-anywhere=true\n")


def recordings(home):
    return list((home.folder / "data/hearsay/recordings").glob("*.wav"))


def hold(home):
    portal = Portal()
    want(home)
    mouth = microphone.Microphone(home)
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder), **mouth.environment)
    portal.answer("CreateSession", 0, {"session_handle": SESSION})
    session, shortcuts, _parent, _options = portal.answer("BindShortcuts", 0, {})
    assert session == SESSION and shortcuts[0][0] == "push-to-talk", (session, shortcuts)
    window.find("push button", "Record")
    assert not recordings(home)
    portal.emit("Activated")
    window.wait_for(lambda: recordings(home) and recordings(home)[0].stat().st_size > 50000,
                    "a recording", 20)
    portal.emit("Deactivated")
    # Without a model that listens it becomes a file of the message, once it is whole.
    window.find("push button", "Remove", 20)
    size = recordings(home)[0].stat().st_size
    # That nothing more comes is seen by waiting.
    time.sleep(1)
    assert recordings(home)[0].stat().st_size == size, "the microphone goes on"
    window.close()
    mouth.stop()
    portal.stop()
    assert not window.complaints(), window.complaints()


def refused(home):
    portal = Portal()
    want(home)
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    portal.answer("CreateSession", 1, {})
    window.see("The global shortcut was not allowed")
    window.close()
    portal.stop()
    assert not window.complaints(), window.complaints()


def not_there(home):
    want(home)
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.see("This desktop offers no global shortcuts")
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([hold, refused, not_there])
