#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay ask, chat and tokens with the default models: answers, what they rest on, turns."""

import json
import re

import harness

STOP_S = 0.2
QUESTION = "What does the speaker ask people to do?"


class Asking(harness.Case):
    has_weights = True
    models = ("qwen2.5-coder-1.5b-instruct-q4_k_m", "whisper-base", "silero-vad")

    def works(self, *arguments, **options):
        result = self.run_hearsay(*arguments, **options)
        self.assert_works(result)
        return result.stdout


class Ask(Asking):
    def test_json_is_as_documented(self):
        data = json.loads(self.works("ask", "--json", harness.SAMPLE, QUESTION))
        self.assert_documented("ask", data, "listen")
        self.assertIn("country", data["answer"].lower())
        self.assertEqual(data["audio"]["language"], "en")
        self.assertAlmostEqual(data["audio"]["seconds"], 11.0, delta=0.01)
        self.assertGreaterEqual(len(data["audio"]["segments"]), 1)
        self.assertGreaterEqual(len(data["evidence"]), 1)
        for part in data["evidence"]:
            self.assertIn(part, data["audio"]["segments"])
        timing = data["timing"]
        for name in ("prompt_tokens_per_s", "generated_tokens_per_s", "encode_s", "decode_s"):
            self.assertGreater(timing[name], 0, name)
        self.assertLess(timing["peak_rss_bytes"], 2.2e9)
        self.assertIn("Qwen", data["model"])

    def test_schema(self):
        schema = '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}'
        text = self.works("ask", "--schema", schema, harness.SAMPLE, "How many people speak?")
        self.assertEqual(json.loads(text), {"n": 1})
        data = json.loads(self.works("ask", "--json", "--schema", schema, harness.SAMPLE,
                                     "How many people speak?"))
        self.assertEqual(json.loads(data["answer"]), {"n": 1})

    def test_same_seed_and_threads_give_the_same(self):
        one = self.works("ask", "--threads", "1", harness.SAMPLE, QUESTION)
        two = self.works("ask", "--threads", "2", harness.SAMPLE, QUESTION)
        self.assertEqual(one, two)
        self.assertRegex(one, r"\n\n\[0:\d\d\.\d-0:\d\d\.\d\] ")

    def test_two_recordings(self):
        data = json.loads(self.works("ask", "--json", "--max-tokens", "40", harness.SAMPLE,
                                     harness.SAMPLE, "How many recordings are there?"))
        self.assertEqual(len(data["recordings"]), 2)
        for part in data["evidence"]:
            self.assertEqual(part["file"], "inaugural.wav")

    def test_answers_in_the_language_of_the_question(self):
        answer = self.works("ask", "--no-evidence", harness.SAMPLE, "講者在對誰說話？")
        self.assertRegex(answer, "[\u4e00-\u9fff]")
        self.assertNotIn("国", answer)

    def test_question_longer_than_the_context(self):
        self.assert_fails(self.run_hearsay("ask", harness.SAMPLE, "why " * 30000), "too long")

    def test_ctrl_c_stops_within_200_ms(self):
        # The best of a few, and at least in processor time: another program may hold the processor.
        times = []
        while len(times) < 4 and (not times or times[-1] >= STOP_S):
            process = self.start("ask", harness.SAMPLE,
                                 "Write a story of two thousand words about it.")
            while process.stdout.read(1) == b"":
                self.assertIsNone(process.poll())
            times.append(min(harness.seconds_to_stop(process)))
            self.assertEqual(process.returncode, 1)
        self.assertLess(min(times), STOP_S)


class Chat(Asking):
    def test_second_question_pays_only_for_itself(self):
        path = self.write("turns", "Who is addressed?\nAnd what are they asked?\n".encode())
        with open(path, "rb") as turns:
            text = self.works("chat", "--json", "--audio", harness.SAMPLE, stdin=turns)
        first, second = [json.loads("{" + part) for part in re.split(r"^\{", text, flags=re.M)[1:]]
        self.assertIn("American", first["answer"])
        self.assertIn("country", second["answer"])
        # The question is read once more with what was found out about it, and nothing before it.
        self.assertGreaterEqual(first["computed_tokens"], first["prompt_tokens"])
        self.assertLess(first["computed_tokens"], first["prompt_tokens"] + 40)
        self.assertLess(second["computed_tokens"], 60)
        self.assertGreater(second["prompt_tokens"], first["prompt_tokens"])

    def test_thinks(self):
        """Within its budget, apart from the answer, and not in what is read for the next one."""
        path = self.write("turns", b"What is 17 times 24?\nAnd 2 times 3?\n")
        with open(path, "rb") as turns:
            text = self.works("chat", "--json", "--think", "60", stdin=turns)
        with open(path, "rb") as turns:
            plain = self.works("chat", "--json", stdin=turns)
        first, second = [json.loads("{" + part) for part in re.split(r"^\{", text, flags=re.M)[1:]]
        self.assertGreater(len(first["thought"]), 20)
        self.assertNotIn("think>", first["thought"] + first["answer"])
        self.assertIn("408", first["answer"])
        self.assertLess(second["prompt_tokens"], first["prompt_tokens"] + first["generated_tokens"])
        self.assertNotIn("thought", plain)

    def test_goes_on_after_a_broken_recording(self):
        path = self.write("turns", b"/audio none.wav\nSay the word yes.\n/quit\n")
        with open(path, "rb") as turns:
            result = self.run_hearsay("chat", "--max-tokens", "20", stdin=turns)
        self.assertEqual(result.status, 1)
        self.assertIn("none.wav", result.stderr)
        self.assertRegex(result.stdout, "(?i)yes")


class Tokens(Asking):
    def test_sequence(self):
        data = json.loads(self.works("tokens", "--json", harness.SAMPLE))
        self.assert_documented("tokens", data)
        tokens = data["tokens"]
        self.assertEqual(tokens[0]["token"], "<|audio|>")
        self.assertEqual(tokens[-1]["token"], "<|/audio|>")
        self.assertEqual({t["kind"] for t in tokens}, {"text", "audio"})
        for token in tokens:
            self.assertEqual(token["kind"] == "text", token["id"] < data["text_ids"])
            self.assertLess(token["id"], data["ids"])
            self.assertLessEqual(0, token["start"])
            self.assertLessEqual(token["start"], token["end"])
            self.assertLessEqual(token["end"], data["seconds"] + 0.1)
        words = "".join(t["token"] for t in tokens if t["kind"] == "text")
        self.assertIn("country", words)


if __name__ == "__main__":
    harness.main()
