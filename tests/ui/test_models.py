#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The models page with a catalogue and a server of its own: a download is paused, gone on with
after a restart, and given up; a model that does not fit is marked; an address is added."""

import hashlib
import http.server
import json
import re
import threading
import time

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")

CONTENT = bytes(range(256)) * 16384
CHUNK = 65536


class Server:
    """Gives CONTENT from where it is asked to, as slowly as `pause` says between its chunks."""

    def __init__(self):
        server = self
        self.pause = 0.05
        self.starts = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
                start = int(asked.group(1)) if asked else 0
                server.starts.append(start)
                self.send_response(206 if asked else 200)
                if asked:
                    self.send_header("Content-Range",
                                     f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
                self.send_header("ETag", '"one"')
                self.send_header("Content-Length", str(len(CONTENT) - start))
                self.end_headers()
                try:
                    for at in range(start, len(CONTENT), CHUNK):
                        self.wfile.write(CONTENT[at:at + CHUNK])
                        time.sleep(server.pause)
                except OSError:
                    pass

            def log_message(self, *arguments):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.http.server_port}/model.gguf"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


def make_root(home, address):
    """A folder in which the program finds a catalogue of one model."""
    root = home.folder / "root"
    (root / "data").mkdir(parents=True)
    model = {"id": "model", "title": "A Model", "task": "chat", "set": "default",
             "licence": "MIT", "languages": ["en"], "bytes": len(CONTENT),
             "sha256": hashlib.sha256(CONTENT).hexdigest(), "memory_bytes": 1 << 50,
             "sources": [{"url": address}]}
    (root / "data/models.json").write_text(json.dumps({"format": 1, "models": [model]}))
    store = home.folder / "store"
    return store, {"HEARSAY_SOURCE_ROOT": str(root), "HEARSAY_MODELS": str(store)}


def open_page(home, environment):
    window = harness.Window(home, **environment)
    window.point(640, 20)
    window.key("alt+3")
    window.see("A Model")
    return window


def pause_and_resume(home):
    server = Server()
    store, environment = make_root(home, server.address)
    partial = store / ".staging/model.download"
    window = open_page(home, environment)
    window.see("free of")
    window.find("image", "Needs more memory than this machine has")
    window.find("push button", "Measure")
    window.press("Install: A Model")
    window.wait_for(lambda: partial.exists() and partial.stat().st_size > CHUNK, "some of it")
    window.press("Pause: A Model")
    window.see("Paused")
    size = partial.stat().st_size
    assert 0 < size < len(CONTENT)
    window.close()
    window = open_page(home, environment)
    window.see("Paused")
    server.pause = 0
    window.press("Resume: A Model")
    window.wait_for(lambda: (store / "model.gguf").exists(), "the model")
    window.wait_for(lambda: not any("Paused" in text for text in window.texts()), "its row")
    assert (store / "model.gguf").read_bytes() == CONTENT
    assert server.starts[0] == 0 and server.starts[-1] >= size, server.starts
    window.close()
    assert not window.complaints(), window.complaints()


def give_up(home):
    server = Server()
    store, environment = make_root(home, server.address)
    partial = store / ".staging/model.download"
    window = open_page(home, environment)
    window.press("Install: A Model")
    window.wait_for(partial.exists, "the download")
    window.press("Cancel: A Model")
    window.wait_for(lambda: not partial.exists(), "nothing of it")
    window.find("push button", "Install: A Model")
    assert not any("Paused" in text for text in window.texts())
    window.close()
    assert not window.complaints(), window.complaints()


def add_an_address(home):
    """What it gives is known to the catalogue, by its checksum."""
    server = Server()
    server.pause = 0
    store, environment = make_root(home, server.address.replace("model", "nowhere"))
    window = open_page(home, environment)
    for node in window.walk():
        if node.name == "Add…" and node.getRoleName() == "push button":
            node.queryAction().doAction(0)
            break
    window.press("From an Address…", "menu item")
    window.see("The https address")
    window.type(server.address.replace("model.gguf", "other.gguf"))
    window.key("Return")
    window.see("The model was added", 15)
    window.find("push button", "More: A Model")
    assert (store / "model.gguf").read_bytes() == CONTENT
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([pause_and_resume, give_up, add_an_address])
