#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay serve with real weights: it hears, answers, speaks, and stops when nobody listens."""

import json

import harness
import server

# From a hang-up to the end of the work, and what a busy machine adds.
CANCEL_S = 0.2 + 1.5


class Serve(harness.Case):
    has_weights = True
    models = ("qwen2.5-coder-1.5b-instruct-q4_k_m", "whisper-base", "silero-vad")

    def test_hears_and_answers(self):
        one = server.Server(self)
        with open(harness.SAMPLE, "rb") as file:
            data = file.read()
        status, body = one.transcribe(data, "inaugural.wav", model="whisper-1")
        self.assertEqual(status, 200, body)
        self.assertIn("ask not what your country can do for you", json.loads(body)["text"])
        status, answer = one.chat([{"type": "text",
                                    "text": "What does the speaker ask people to do?"},
                                   server.recording(data)], evidence=True)
        self.assertEqual(status, 200, answer)
        self.assertRegex(answer["choices"][0]["message"]["content"], "country")
        self.assertGreater(answer["usage"]["prompt_tokens"], 20)
        self.assertIn("country", answer["evidence"][0]["text"])
        self.assertEqual(one.files(), [])
        one.stop()

    def test_streams_and_stops(self):
        one = server.Server(self)
        events = one.stream("Count from one to five, in words.",
                            stream_options={"include_usage": True}, max_tokens=40)
        self.assertEqual(events[-1], "[DONE]")
        text = "".join(json.loads(e)["choices"][0]["delta"].get("content", "") for e in events[:-2])
        self.assertRegex(text.lower(), "three")
        self.assertGreater(json.loads(events[-2])["usage"]["completion_tokens"], 5)
        # The quickest of a few, since the machine may be busy.
        for _ in range(4):
            client = one.open_chat("Tell a very long story.", stream=True, max_tokens=4000)
            told = b""
            while b"data: " not in told:
                piece = client.recv(4000)
                self.assertTrue(piece, told)
                told += piece
            client.close()
            seconds = one.wait_for_calls(0)
            if seconds < CANCEL_S:
                break
        self.assertLess(seconds, CANCEL_S)
        self.assertEqual(one.chat("What is the capital of France?", max_tokens=20)[0], 200)
        one.stop()

    def test_schema(self):
        one = server.Server(self)
        schema = {"type": "object", "properties": {"capital": {"type": "string"}},
                  "required": ["capital"], "additionalProperties": False}
        status, answer = one.chat(
            "What is the capital of France?",
            response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}})
        self.assertEqual(status, 200, answer)
        self.assertEqual(json.loads(answer["choices"][0]["message"]["content"]),
                         {"capital": "Paris"})

    def test_junk_is_no_recording(self):
        one = server.Server(self)
        status, body = one.transcribe(b"this is no recording at all", "a.wav")
        self.assertEqual((status, json.loads(body)["error"]["code"]), (400, "invalid_recording"))
        status, answer = one.chat([{"type": "text", "text": "What is said?"},
                                   server.recording(b"this is none either")])
        self.assertEqual((status, answer["error"]["code"]), (400, "invalid_recording"))


class Speech(harness.Case):
    has_weights = True
    models = ("kokoro-82m-v1.0", "kokoro-voices", "english-pronunciations")

    def test_speaks_with_the_mark(self):
        one = server.Server(self)
        status, body = one.post("/v1/audio/speech", {
            "model": "tts-1", "voice": "alloy", "response_format": "flac",
            "input": "Speech that a program has made says so, to whoever looks."})
        self.assertEqual(status, 200, body[:300])
        path = self.write("speech.flac", body)
        verdict = self.run_hearsay("verify", path, "--json")
        self.assert_works(verdict)
        said = json.loads(verdict.stdout)[0]
        self.assertTrue(said["made_by_hearsay"] and said["metadata"]["says_made_by_hearsay"], said)
        self.assertEqual(said["voice"], "stock")
        status, body = one.post("/v1/audio/speech", {"input": "Hello.", "voice": "nobody"})
        self.assertEqual(status, 400, body)
        self.assertIn("af_heart", one.get("/v1/audio/voices")[1]["voices"])
        one.stop()


harness.main()
