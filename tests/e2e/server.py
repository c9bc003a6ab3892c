# SPDX-License-Identifier: GPL-3.0-or-later
"""`hearsay serve` as a client sees it, for test_serve.py and test_weights_serve.py."""

import base64
import glob
import http.client
import json
import os
import signal
import socket
import time

import harness

BOUNDARY = "----a-boundary--that-is-odd"


class Server:
    """Serves on a port of its own until stop(); every request has a connection of its own."""

    def __init__(self, case, *arguments, **options):
        self.case = case
        self.tmp = case.path("tmp")
        os.makedirs(self.tmp, exist_ok=True)
        case.env["TMPDIR"] = self.tmp
        self.process = case.start("serve", "--port=0", "--json", *arguments, **options)
        text = b""
        while not text.endswith(b"}\n"):
            line = self.process.stdout.readline()
            if not line:
                case.fail("does not serve: %s" % self.process.stderr.read())
            text += line
        self.place = json.loads(text)
        self.port = self.place["port"]

    def files(self):
        """What requests have left."""
        return glob.glob(os.path.join(self.tmp, "hearsay-serve-*", "*"))

    def ask(self, method, path, body=None, headers=None, timeout=harness.TIMEOUT_S):
        """Status, headers and bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def get(self, path, **headers):
        status, _, body = self.ask("GET", path, None, headers)
        return status, json.loads(body)

    def post(self, path, value, **headers):
        """Status and bytes; value becomes JSON."""
        status, _, body = self.ask("POST", path, json.dumps(value),
                                   {"Content-Type": "application/json", **headers})
        return status, body

    def chat(self, text, **members):
        """Status and object."""
        status, body = self.post("/v1/chat/completions",
                                 {"messages": [{"role": "user", "content": text}], **members})
        return status, json.loads(body)

    def stream(self, text, **members):
        """The events of an answer, as they stand."""
        status, body = self.post("/v1/chat/completions",
                                 {"messages": [{"role": "user", "content": text}],
                                  "stream": True, **members})
        self.case.assertEqual(status, 200, body)
        events = body.decode().split("\n\n")
        self.case.assertEqual(events.pop(), "")
        for event in events:
            self.case.assertTrue(event.startswith("data: "), event)
        return [event[len("data: "):] for event in events]

    def transcribe(self, data, name="talk.wav", **fields):
        """Status and bytes."""
        status, _, body = self.ask("POST", "/v1/audio/transcriptions", form(data, name, fields),
                                   {"Content-Type": "multipart/form-data; boundary=" + BOUNDARY})
        return status, body

    def open(self, text):
        """A socket with a request of these words sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.case.addCleanup(connection.close)
        connection.sendall(text)
        return connection

    def open_chat(self, text, **members):
        body = json.dumps({"messages": [{"role": "user", "content": text}], **members}).encode()
        return self.open(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                         b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                         % len(body) + body)

    def wait_for_calls(self, n, limit_s=30):
        """Seconds until so many requests are with the engine."""
        start = time.monotonic()
        while self.get("/health")[1]["waiting"] != n:
            self.case.assertLess(time.monotonic() - start, limit_s)
            time.sleep(0.01)
        return time.monotonic() - start

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        result = self.case.finish(self.process, 30)
        self.case.assert_works(result)
        self.case.assertEqual(os.listdir(self.tmp), [])
        return result


def form(data, name, fields):
    """A form with a file; a field may be a list of values."""
    body = b""
    for key, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            body += ("--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                     % (BOUNDARY, key, value)).encode()
    body += ("--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n"
             "Content-Type: application/octet-stream\r\n\r\n" % (BOUNDARY, name)).encode()
    return body + data + ("\r\n--%s--\r\n" % BOUNDARY).encode()


def recording(data, kind="wav"):
    """A part of a message."""
    return {"type": "input_audio",
            "input_audio": {"format": kind, "data": base64.b64encode(data).decode()}}
