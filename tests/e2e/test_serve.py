#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay serve with an engine that has no models (fake-service.c): what is answered to whom."""

import json
import os
import shutil
import signal
import stat
import subprocess
import threading
import time

import harness
import server

CHAT = "/v1/chat/completions"
BUS_NAME = "io.github.hearsay_app.Hearsay.Engine1"
KEY = "a-key-of-some-length"
MODELS = ("qwen2.5-coder-1.5b-instruct-q4_k_m", "whisper-base", "kokoro-82m-v1.0")
# From a cancel to the end of a call, and what a busy machine adds.
CANCEL_S = 0.2 + 1.0


class Serve(harness.Case):
    arguments = ()

    def setUp(self):
        super().setUp()
        self.env["HEARSAY_PROGRAM"] = os.environ["HEARSAY_FAKE_SERVICE"]
        os.makedirs(self.env["HEARSAY_MODELS"])
        for model in MODELS:
            with open(os.path.join(self.env["HEARSAY_MODELS"], model + ".gguf"), "wb") as file:
                file.write(b"none")

    def serve(self, *arguments):
        return server.Server(self, *arguments)

    def write_key(self, text=KEY, mode=0o600):
        path = self.write("key", text.encode())
        os.chmod(path, mode)
        return path

    def assert_error(self, answer, status, pattern=".", code=None):
        """An error object, and nothing else."""
        body = answer[-1] if isinstance(answer[-1], dict) else json.loads(answer[-1])
        self.assertEqual(answer[0], status, body)
        self.assertEqual(set(body), {"error"})
        self.assertEqual(set(body["error"]), {"message", "type", "param", "code"})
        self.assertRegex(body["error"]["message"], pattern)
        if code is not None:
            self.assertEqual(body["error"]["code"], code)


class Start(Serve):
    def test_prints_where_and_ends(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            one = self.serve()
            self.assert_documented("serve", one.place)
            self.assertEqual(one.place["url"], "http://127.0.0.1:%d/v1" % one.port)
            self.assertEqual(one.get("/health")[1]["status"], "ok")
            self.assertEqual(one.stop(number).stderr, "")

    def test_usage(self):
        for arguments, pattern in ((("x",), "no arguments"), (("--port=70000",), "--port"),
                                   (("--allow-origin=x",), "--allow-origin"),
                                   (("--allow-origin=http://a/b",), "--allow-origin")):
            self.assert_fails(self.run_hearsay("serve", *arguments), pattern, status=2)

    def test_refuses_to_be_open_to_all(self):
        for address in ("0.0.0.0", "::", "192.168.1.1"):
            self.assert_fails(self.run_hearsay("serve", "--address", address), "--token-file")
        self.assert_fails(self.run_hearsay("serve", "--address", "there"), "no address")

    def test_port_in_use(self):
        one = self.serve()
        self.assert_fails(self.run_hearsay("serve", "--port=%d" % one.port), "in use")

    def test_model_that_is_not_there(self):
        self.assert_fails(self.run_hearsay("serve", "--model=smollm2-135m-instruct-q4_1"),
                          "hearsay models install")

    def test_keys_that_are_refused(self):
        for text, mode, pattern in ((KEY, 0o640, "others can read"), (KEY, 0o604, "others"),
                                    ("short", 0o600, "16 characters"),
                                    ("two words in a key", 0o600, "one word"),
                                    ("x" * 5000, 0o600, "too long"), ("a\0" * 20, 0o600, "text")):
            path = self.write_key(text, mode)
            self.assert_fails(self.run_hearsay("serve", "--token-file", path), pattern)
        self.assert_fails(self.run_hearsay("serve", "--token-file", self.folder), "plain file")
        self.assert_fails(self.run_hearsay("serve", "--token-file", "none"), "No such file")


class Guard(Serve):
    def test_hosts(self):
        one = self.serve()
        for host in ("localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]:8642"):
            self.assertEqual(one.get("/v1/models", Host=host)[0], 200, host)
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                     "10.0.0.1",
                     "localhost@evil.example", "evil.example:8642", "[::1"):
            status, _, _ = one.ask("GET", "/v1/models", None, {"Host": host})
            self.assertIn(status, (400, 403), host)
        two = one.open(b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        self.assertIn(b" 400 ", two.recv(1000))

    def test_pages_are_refused(self):
        one = self.serve()
        for origin in ("http://evil.example", "null", "http://localhost:3000"):
            for path in ("/v1/models", "/health"):
                self.assert_error(one.get(path, Origin=origin), 403, "--allow-origin")
            status, body = one.post(CHAT, {"messages": []}, Origin=origin)
            self.assert_error((status, body), 403)
        for site in ("cross-site", "same-site"):
            self.assert_error(one.get("/v1/models", **{"Sec-Fetch-Site": site}), 403)
        self.assertEqual(one.get("/v1/models", **{"Sec-Fetch-Site": "none"})[0], 200)

    def test_pages_that_are_allowed(self):
        origin = "http://localhost:3000"
        one = self.serve("--allow-origin", origin)
        status, headers, _ = one.ask("OPTIONS", CHAT, None, {"Origin": origin})
        self.assertEqual(status, 204)
        self.assertEqual(headers["Access-Control-Allow-Origin"], origin)
        self.assertIn("Content-Type", headers["Access-Control-Allow-Headers"])
        status, headers, _ = one.ask("GET", "/health", None, {"Origin": origin})
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (200, origin))
        status, headers, _ = one.ask("OPTIONS", CHAT, None, {"Origin": "http://evil.example"})
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (403, None))

    def test_simple_forms_are_refused(self):
        one = self.serve()
        body = json.dumps({"messages": [{"role": "user", "content": "x"}]})
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx"):
            self.assert_error(one.ask("POST", CHAT, body, {"Content-Type": kind}), 415)
        self.assert_error(one.ask("POST", CHAT, body), 415)
        self.assert_error(one.ask("POST", "/v1/audio/transcriptions", body,
                                  {"Content-Type": "application/json"}), 415)

    def test_key(self):
        one = self.serve("--token-file", self.write_key(KEY + "\n"), "--address=0.0.0.0")
        for given in (None, "Bearer", "Bearer x", "Bearer " + KEY[:-1], "Bearer " + KEY + "x",
                      "Basic " + KEY, KEY, "Bearer " + KEY * 2):
            headers = {} if given is None else {"Authorization": given}
            self.assert_error(one.get("/v1/models", **headers), 401, "key", "invalid_api_key")
            self.assert_error(one.post(CHAT, {}, **headers), 401)
        self.assertEqual(one.get("/v1/models", Authorization="Bearer " + KEY)[0], 200)
        self.assertEqual(one.get("/v1/models", Authorization="bearer " + KEY, Host="any")[0], 200)
        status, answer = one.get("/v1/models", Authorization="Bearer " + KEY, Origin="http://e.x")
        self.assert_error((status, answer), 403)
        folder = os.path.join(one.tmp, os.listdir(one.tmp)[0])
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)


class Requests(Serve):
    def test_models(self):
        one = self.serve()
        models = one.get("/v1/models")[1]
        self.assertEqual(models["object"], "list")
        self.assertEqual({m["id"] for m in models["data"]}, set(MODELS))
        self.assertEqual(one.get("/v1/models/whisper-base")[1]["object"], "model")
        for path in ("none", "..%2fpasswd", "silero-vad"):
            self.assertIn(one.ask("GET", "/v1/models/" + path)[0], (400, 404))
        self.assert_error(one.get("/v1/nothing"), 404)
        self.assert_error(one.ask("GET", CHAT), 405)
        self.assert_error(one.ask("DELETE", "/v1/models/whisper-base"), 405)

    def test_chat(self):
        one = self.serve()
        status, answer = one.chat("Hel|lo")
        self.assertEqual((status, answer["object"]), (200, "chat.completion"))
        self.assertEqual(answer["choices"][0]["message"]["content"], "Hello")
        self.assertEqual(answer["choices"][0]["finish_reason"], "stop")
        self.assertEqual(answer["model"], MODELS[0])
        self.assertEqual(answer["usage"]["completion_tokens"], 2)

    def show(self, one, messages, **members):
        """What the engine was asked."""
        status, body = one.post(CHAT, {"messages": messages, **members})
        self.assertEqual(status, 200, body)
        return json.loads(json.loads(body)["choices"][0]["message"]["content"])

    def test_what_the_engine_is_asked(self):
        one = self.serve()
        asked = self.show(one, [{"role": "system", "content": "Be"},
                                {"role": "developer",
                                 "content": [{"type": "text", "text": "brief"}]},
                                {"role": "user", "content": "a"},
                                {"role": "assistant", "content": "b"},
                                {"role": "user", "content": [{"type": "text", "text": "show"},
                                                             server.recording(b"RIFF")]}],
                          temperature=0.5, seed=7, max_completion_tokens=9, top_p=0)
        self.assertEqual(asked["system"], "Be\n\nbrief")
        self.assertEqual([m["text"] for m in asked["messages"]], ["a", "b", "show"])
        self.assertEqual((asked["max_tokens"], asked["sampling"]["seed"]), (9, 7))
        self.assertEqual(asked["model"], MODELS[0])
        self.assertFalse(asked["evidence"])
        self.assertLess(0, asked["sampling"]["top_p"])
        path = asked["messages"][2]["recordings"][0]
        self.assertTrue(path.startswith("file://" + one.tmp), path)
        self.assertFalse(os.path.exists(path[len("file://"):]))
        self.assertEqual(one.files(), [])

    def test_schema(self):
        schema = {"type": "object", "properties": {"a": {"type": "string"}}}
        asked = self.show(self.serve(), [{"role": "user", "content": "show"}], response_format={
            "type": "json_schema", "json_schema": {"name": "x", "schema": schema}})
        self.assertEqual(asked["schema"], schema)

    def test_stream(self):
        events = self.serve().stream("Hel|lo", stream_options={"include_usage": True})
        self.assertEqual(events.pop(), "[DONE]")
        chunks = [json.loads(event) for event in events]
        self.assertEqual({c["object"] for c in chunks}, {"chat.completion.chunk"})
        self.assertEqual(len({c["id"] for c in chunks}), 1)
        self.assertEqual(chunks[0]["choices"][0]["delta"], {"role": "assistant", "content": "Hel"})
        self.assertEqual(chunks[1]["choices"][0]["delta"], {"content": "lo"})
        self.assertEqual(chunks[2]["choices"][0]["finish_reason"], "stop")
        self.assertEqual(chunks[3]["choices"], [])
        self.assertEqual(chunks[3]["usage"]["completion_tokens"], 2)

    def test_texts_that_end_an_answer(self):
        one = self.serve()
        for stop in ("END", ["x", "END"]):
            answer = one.chat("a E|N| EN|D b", stop=stop)[1]["choices"][0]
            self.assertEqual((answer["message"]["content"], answer["finish_reason"]),
                             ("a EN ", "stop"))
        told = [json.loads(e)["choices"][0]["delta"].get("content", "")
                for e in one.stream("a E|N| EN|D b", stop="END")[:-1]]
        self.assertEqual("".join(told), "a EN ")
        # It never ends by itself.
        self.assertEqual(one.chat("count", stop="k tick")[1]["choices"][0]["message"]["content"],
                         "tic")
        self.assertEqual(one.chat("a E", stop="END")[1]["choices"][0]["message"]["content"], "a E")

    def test_bad_requests(self):
        one = self.serve()
        ask = [{"role": "user", "content": "x"}]
        for value, pattern in (
                ([], "object"), ({}, "messages"), ({"messages": 3}, "messages"),
                ({"messages": [3]}, "messages.0."), ({"messages": [{"role": "x"}]}, "role"),
                ({"messages": [{"role": "user"}]}, "content"),
                ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "type"),
                ({"messages": ask, "n": 2}, "^n:"), ({"messages": ask, "tools": [{}]}, "tools"),
                ({"messages": ask, "temperature": "hot"}, "temperature"),
                ({"messages": ask, "temperature": 9}, "temperature"),
                ({"messages": ask, "seed": 1.5e300}, "seed: .* 0 and 9007199254740991 "),
                ({"messages": ask, "max_tokens": 0}, "max_tokens"),
                ({"messages": ask, "max_tokens": 1.5}, "whole"),
                ({"messages": ask, "stop": [""]}, "stop"),
                ({"messages": ask, "response_format": {"type": "json_object"}}, "json_schema"),
                ({"messages": ask, "logprobs": True}, "logprobs"),
                ({"messages": ask, "model": 3}, "model"),
                ({"messages": [{"role": "user", "content": [
                    {"type": "input_audio", "input_audio": {"data": "no!", "format": "wav"}}]}]},
                 "base64"),
                ({"messages": [{"role": "user", "content": [
                    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "../x"}}]}]},
                 "format")):
            with self.subTest(value):
                self.assert_error(one.post(CHAT, value), 400, pattern)
        for body in (b"", b"{", b"\xff\xfe", b'{"messages": "\\ud800"}', b"[" * 100000):
            self.assert_error(one.ask("POST", CHAT, body, {"Content-Type": "application/json"}),
                              400)
        self.assertEqual(one.chat("still")[0], 200)

    def test_models_that_are_not_there(self):
        one = self.serve()
        for model in ("gpt-4o", "/etc/passwd", "../x", "whisper-base"):
            self.assert_error(one.chat("x", model=model), 404, "no model", "model_not_found")
        self.assert_error(one.chat("x", model="smollm2-135m-instruct-q4_1"), 503,
                          "hearsay models install", "model_not_installed")
        self.assert_error(one.chat("lack"), 503, "hearsay models install", "model_not_installed")
        self.assertEqual(one.chat("x", model="default")[0], 200)

    def test_transcription(self):
        one = self.serve()
        text = "talk.wav 9 bytes"
        self.assertEqual(json.loads(one.transcribe(b"some wave")[1])["text"], text)
        self.assertEqual(one.transcribe(b"some wave", response_format="text"),
                         (200, (text + "\n").encode()))
        self.assertIn(b"00:00:01,000 --> 00:00:02,000\n", one.transcribe(
            b"some wave", response_format="srt")[1])
        self.assertTrue(one.transcribe(b"some wave", response_format="vtt")[1]
                        .startswith(b"WEBVTT"))
        whole = json.loads(one.transcribe(b"some wave", response_format="verbose_json",
                                          **{"timestamp_granularities[]": ["word", "segment"]})[1])
        self.assertEqual((whole["language"], whole["duration"]), ("english", 2.5))
        self.assertEqual([s["text"] for s in whole["segments"]], ["talk.wav", "9 bytes"])
        self.assertEqual(whole["words"][1], {"word": "word", "start": 1, "end": 2})
        turns = json.loads(one.transcribe(b"some wave", response_format="diarized_json")[1])
        self.assertEqual([s["speaker"] for s in turns["segments"]], ["A", "B"])
        heard = one.transcribe(b"some wave", response_format="hearing")[1]
        self.assert_documented("listen", json.loads(heard))
        self.assertNotIn(b"embedding", heard)
        self.assertEqual(one.files(), [])

    def test_names_of_files(self):
        one = self.serve()
        for name, kept in (("../../x.wav", "x.wav"), ("/etc/passwd", "passwd"), ("..", "recording"),
                           ("a b;c.mp3", "a_b_c.mp3"), ("x" * 300 + ".wav", "x" * 96 + ".wav"),
                           (".hidden", "hidden"), ("", "recording")):
            answer = json.loads(one.transcribe(b"some wave", name)[1])
            self.assertEqual(answer["text"], kept + " 9 bytes")

    def test_bad_forms(self):
        one = self.serve()
        for fields, pattern in (({"response_format": "xml"}, "response_format"),
                                ({"language": "English"}, "language"),
                                ({"speakers": "99"}, "speakers"),
                                ({"timestamp_granularities[]": "word"}, "verbose_json")):
            self.assert_error(one.transcribe(b"some wave", **fields), 400, pattern)
        self.assert_error(one.transcribe(b""), 400, "empty")
        self.assert_error(one.transcribe(b"none"), 422, ".", "no_speech")
        self.assert_error(one.transcribe(b"some wave", model="gpt"), 404, ".", "model_not_found")
        whole = server.form(b"some wave", "a.wav", {"language": "en"})
        kind = {"Content-Type": "multipart/form-data; boundary=" + server.BOUNDARY}
        for n in list(range(0, len(whole) - 3, 7)):
            self.assert_error(one.ask("POST", "/v1/audio/transcriptions", whole[:n], kind), 400)
        for boundary in ("", "; boundary=", "; boundary=" + "x" * 80, "; boundary=other"):
            self.assert_error(one.ask("POST", "/v1/audio/transcriptions", whole,
                                      {"Content-Type": "multipart/form-data" + boundary}), 400)
        self.assertEqual(one.files(), [])

    def test_speech(self):
        one = self.serve()
        for kind, media, start in (("wav", "audio/wav", b"RIFF"), ("flac", "audio/flac", b"fLaC"),
                                   ("mp3", "audio/mpeg", b""), ("opus", "audio/ogg", b"OggS")):
            status, headers, body = one.ask(
                "POST", "/v1/audio/speech", json.dumps({"input": "x", "response_format": kind}),
                {"Content-Type": "application/json"})
            self.assertEqual((status, headers["Content-Type"]), (200, media), body[:200])
            self.assertTrue(body.startswith(start) and len(body) > 100)
        self.assertEqual(len(one.post("/v1/audio/speech",
                                      {"input": "x", "response_format": "pcm"})[1]), 4800)
        for value, pattern in (({}, "input"), ({"input": ""}, "input"),
                               ({"input": "x" * 20001}, "characters"),
                               ({"input": "x", "speed": 9}, "speed"),
                               ({"input": "x", "voice": "../mine"}, "voice"),
                               ({"input": "x", "voice": "/etc/passwd"}, "voice"),
                               ({"input": "x", "response_format": "aac"}, "response_format"),
                               ({"input": "x", "instructions": "sadly"}, "instructions")):
            self.assert_error(one.post("/v1/audio/speech", value), 400, pattern)
        self.assertEqual(one.files(), [])


class Bus(Serve):
    def test_session_bus(self):
        if shutil.which("dbus-run-session") is None or shutil.which("gdbus") is None:
            self.skipTest("dbus-run-session and gdbus are not installed")
        os.makedirs(self.path("tmp"))
        self.env["TMPDIR"] = self.path("tmp")
        script = """
            "$0" serve --bus & pid=$!
            gdbus wait --session --timeout 30 %(name)s
            gdbus call --session --dest %(name)s --object-path %(path)s --method %(name)s.Describe
            "$0" serve --bus; echo second $?
            kill -INT $pid; wait $pid; echo ended $?
        """ % {"name": BUS_NAME, "path": "/" + BUS_NAME.replace(".", "/")}
        done = subprocess.run(["dbus-run-session", "--", "sh", "-c", script, harness.BINARY],
                              env=self.env, capture_output=True, text=True, check=False,
                              timeout=120)
        self.assertIn("whisper-base", done.stdout, done.stderr)
        self.assertIn("second 1\nended 0\n", done.stdout)
        self.assertNotRegex(done.stderr, "CRITICAL|assertion")
        self.assertEqual(os.listdir(self.path("tmp")), [])

    def test_no_session_bus(self):
        self.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=" + self.path("none")
        self.assert_fails(self.run_hearsay("serve", "--bus"), "session bus")
        self.assert_fails(self.run_hearsay("serve", "--bus", "--port=1"), "no port", status=2)


class Trouble(Serve):
    def test_engine_dies(self):
        one = self.serve()
        self.assert_error(one.chat("die"), 500, ".", "engine_error")
        self.assertEqual(one.chat("still")[0], 200)
        events = one.stream("die late")
        self.assertIn("before", events[0])
        self.assert_error((500, events[-1]), 500, "died")
        self.assertEqual(one.chat("still")[0], 200)
        one.stop()

    def assert_soon(self, attempt):
        """The quickest of a few, since the machine may be busy."""
        for _ in range(4):
            seconds = attempt()
            if seconds < CANCEL_S:
                break
        self.assertLess(seconds, CANCEL_S)

    def hang_up(self, one, text, is_stream):
        client = one.open_chat(text, stream=is_stream)
        one.wait_for_calls(1)
        if text == "count" and is_stream:
            self.assertIn(b" 200 ", client.recv(100))
        client.close()
        return one.wait_for_calls(0)

    def hang_up_while_it_waits(self, one):
        first = one.open_chat("wait")
        one.wait_for_calls(1)
        second = one.open_chat("wait")
        one.wait_for_calls(2)
        second.close()
        seconds = one.wait_for_calls(1)
        first.close()
        return max(seconds, one.wait_for_calls(0))

    def test_hang_up(self):
        one = self.serve()
        one.chat("still")
        for text, is_stream in (("wait", False), ("count", False), ("count", True), ("wait", True)):
            self.assert_soon(lambda: self.hang_up(one, text, is_stream))
        self.assertEqual(one.chat("still")[0], 200)
        self.assertEqual(one.files(), [])

    def test_hang_up_while_it_waits(self):
        one = self.serve()
        self.assert_soon(lambda: self.hang_up_while_it_waits(one))

    def test_too_many_wait(self):
        one = self.serve()
        clients = [one.open_chat("wait") for _ in range(32)]
        one.wait_for_calls(32)
        status, headers, body = one.ask(
            "POST", CHAT, json.dumps({"messages": [{"role": "user", "content": "x"}]}),
            {"Content-Type": "application/json"})
        self.assert_error((status, body), 429, ".", "too_many_requests")
        self.assertIn("Retry-After", headers)
        for client in clients:
            client.close()
        one.wait_for_calls(0)
        self.assertEqual(one.chat("still")[0], 200)

    def test_large_bodies(self):
        one = self.serve()
        head = (b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n"
                b"Content-Length: %d\r\n\r\n")
        for path, kind, n in ((CHAT.encode(), b"application/json", (64 << 20) + 1),
                              (b"/v1/audio/transcriptions",
                               b"multipart/form-data; boundary=x", (200 << 20) + 1)):
            client = one.open(head % (path, kind, n))
            piece = bytes(1 << 20)
            while n > 0:
                n -= client.send(piece[:n])
            self.assertIn(b" 413 ", client.recv(1000))
        # Without saying how much it will be.
        client = one.open(b"POST " + CHAT.encode() + b" HTTP/1.1\r\nHost: localhost\r\n"
                          b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(65):
            client.sendall(b"100000\r\n" + bytes(1 << 20) + b"\r\n")
        client.sendall(b"0\r\n\r\n")
        self.assertIn(b" 413 ", client.recv(1000))
        self.assertEqual(one.files(), [])
        self.assertEqual(one.chat("still")[0], 200)

    def test_junk(self):
        one = self.serve()
        for junk in (b"\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01",
                     b"GET / HTTP/9.9\r\n\r\n",
                     b"GET /health HTTP/1.1\r\nHost: a b\r\n\r\n", bytes(range(256)) * 40,
                     b"POST " + CHAT.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                     b"application/json\r\nContent-Length: 9\r\n\r\n{}",
                     b"POST " + CHAT.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                     b"application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            client = one.open(junk)
            client.shutdown(1)
            try:
                client.recv(10000)
            except OSError:
                pass
            client.close()
        self.assertEqual(one.chat("still")[0], 200)
        one.stop()

    def test_ends_in_the_middle(self):
        one = self.serve()
        clients = [one.open_chat("count", stream=True), one.open_chat("wait")]
        one.wait_for_calls(2)
        start = time.monotonic()
        one.stop()
        self.assertLess(time.monotonic() - start, 10)
        for client in clients:
            client.close()

    def test_many_at_once(self):
        one = self.serve()
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(one.chat("a|b")[0]))
                   for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [200] * 16)
        one.stop()


harness.main()
