#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A few questions of each kind with the default models, checked as tools/eval/questions checks
them: a speech, and a conversation of a woman and a man that is joined here."""

import json
import os
import subprocess
import sys

import harness

sys.path.insert(0, os.path.join(harness.SOURCE_ROOT, "tools", "eval"))
import question_checks  # noqa: E402
import question_forms  # noqa: E402
import question_set  # noqa: E402

ANSWER = os.environ["HEARSAY_ANSWER"]
SPEECH = os.path.join(harness.SOURCE_ROOT, "tests", "golden", "speech")
CLIPS = ("367-130732-0001.flac", "2609-156975-0003.flac", "367-130732-0009.flac")
LOBSTER, BONDAGE, TOAST = range(3)  # where each clip is in the conversation
# Small models err: so many of the questions may go wrong.
N_WRONG = 3

# recordings, question, check, form; "clip" stands for the span of a clip of the conversation.
QUESTIONS = [
    (("speech",), "Whom does the speaker address?",
     {"name": "mentions", "all": [["american*"]]}, None),
    (("speech",), "這段錄音說的是哪一種語言?",
     {"name": "mentions", "all": [["英語", "英文", "english"]]}, None),
    (("speech",), "Translate what is said into Chinese.",
     {"name": "translation", "to": "zh", "all": [["國家", "国"], ["你"]]}, None),
    (("speech",), "Is the speaker male or female? Answer in capital letters.", {"name": "gender"},
     {"name": "capitals"}),
    (("speech",), "What is the telephone number of the speaker?", {"name": "refuses"}, None),
    (("talk",), "Which country's background is mentioned?",
     {"name": "mentions", "all": [["egypt*"]]}, None),
    (("talk",), "When is a lobster not a lobster?",
     {"name": "mentions", "all": [["crayfish", "cray fish"]]}, None),
    (("talk",), "Which is said first, “lobster” or “toast”?",
     {"name": "comes_first", "first": ["lobster"], "second": ["toast"]}, None),
    (("talk",), "When is “the background of the bondage” said?",
     {"name": "time_within", "clip": BONDAGE, "tolerance": 1.0}, None),
    (("talk",), "How many people speak? Return only JSON of the form {\"speakers\": number}.",
     {"name": "count"}, {"name": "json_of", "schema": {
         "type": "object", "properties": {"speakers": {"type": "integer"}}}}),
    (("talk",), "Who says “the background of the bondage”?",
     {"name": "speaker_is", "clip": BONDAGE}, None),
    (("talk",), "Is “serve in a chafing dish” said by a man or by a woman?",
     {"name": "gender", "clip": TOAST}, None),
    (("talk",), "Summarise the recording in three bullet points.", {"name": "anything"},
     {"name": "bullets", "n": 3}),
    (("speech", "talk"), "Is the first to speak in both recordings the same person?",
     {"name": "same_speaker", "value": False}, None),
    ((), "What is the capital of France?", {"name": "mentions", "all": [["paris"]]}, None),
]


class Questions(harness.Case):
    has_weights = True
    models = ("qwen2.5-coder-1.5b-instruct-q4_k_m", "whisper-base", "silero-vad")

    def listen(self):
        samples, self.spans = question_set.join([os.path.join(SPEECH, c) for c in CLIPS], "talk")
        talk = self.path("talk.wav")
        question_set.write_wav(talk, samples)
        result = self.run_hearsay("listen", "--json", harness.SAMPLE, talk)
        self.assert_works(result)
        self.hearings = dict(zip(("speech", "talk"), json.loads(result.stdout)))
        self.paths = {"speech": harness.SAMPLE, "talk": talk}

    def ask(self):
        """The answers, asked for with the model loaded once; what was heard is in the cache."""
        requests = [json.dumps({"hearings": [self.paths[f] for f in files],
                                "question": question}) for files, question, *_ in QUESTIONS]
        done = subprocess.run([ANSWER, "--cache"], input="\n".join(requests) + "\n", text=True,
                              stdout=subprocess.PIPE, check=True, env=self.env,
                              timeout=harness.TIMEOUT_S)
        answers = list(map(json.loads, done.stdout.splitlines()))
        self.assertEqual(len(answers), len(QUESTIONS))
        return answers

    def judge(self, question, answer):
        """Why the answer is wrong; "" if it is right, or if what was heard does not tell."""
        files, _, check, form = question
        if "clip" in check:
            check = dict(check, span=self.spans[check["clip"]])
        if "answer" not in answer:
            return str(answer)
        right, why = question_checks.check({"check": check}, answer["answer"],
                                           [self.hearings[f] for f in files])
        if right is not False:
            why = question_forms.fits(form, answer["answer"])[1] if form else ""
        if not why and (len(answer["evidence"]) > 0) != (len(files) > 0):
            # Whoever answers that the recording does not say has nothing to rest on.
            why = "" if check["name"] == "refuses" and files else "wrong evidence"
        return why

    def test_most_answers_are_right(self):
        self.listen()
        wrong = []
        for question, answer in zip(QUESTIONS, self.ask()):
            why = self.judge(question, answer)
            if why:
                wrong.append("%s: %r (%s)" % (question[1], answer.get("answer"), why))
        print("# %d of %d right" % (len(QUESTIONS) - len(wrong), len(QUESTIONS)))
        print("".join("# wrong: %s\n" % line for line in wrong), end="", flush=True)
        self.assertLessEqual(len(wrong), N_WRONG, "\n".join(wrong))


harness.main()
