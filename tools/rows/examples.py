# SPDX-License-Identifier: GPL-3.0-or-later
"""The prompts and answers of generated dialogues, position by position."""

import json
import random
import subprocess

from rows import dialogues

# Of a token of an answer that would be there if the recording sounded otherwise.
WORDING_WEIGHT = 0.1


class Prompter:
    """tools/prompt-ids: the prompts that the program makes."""

    def __init__(self, program, model, folder):
        self.command = [program, "--model", model]
        self.folder = folder

    def ask(self, requests):
        text = "".join(json.dumps(request) + "\n" for request in requests)
        done = subprocess.run(self.command, input=text, stdout=subprocess.PIPE, text=True,
                              check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def blocks(self):
        return self.ask([{}])[0]["blocks"]

    def encode(self, text):
        """Without the end of the turn, which is as long as that of nothing."""
        ids, none = self.ask([{"question": "", "answer": text}, {"question": "", "answer": ""}])
        return ids["answer"][: -len(none["answer"])]

    def make_recordings(self, part, seed, n):
        """[(hearing, its path, its lines' names)]"""
        hearings = []
        for i in range(n):
            hearing = dialogues.make_hearing(random.Random("%s %d %d" % (part, seed, i)), part)
            path = "%s/%s-%d-%d.json" % (self.folder, part, seed, i)
            with open(path, "w", encoding="utf-8") as file:
                json.dump(hearing, file, ensure_ascii=False)
            hearings.append((hearing, path))
        lines = self.ask([{"hearing": path} for _, path in hearings])
        return [(hearing, path, names["lines"]) for (hearing, path), names in zip(hearings, lines)]


def make_log(hearing, names):
    """The recording as a text log, a line "1. [00:00.0-00:02.6] speaker A (female, angry 0.82, high
    pitch): words" for each of its own: the control's reading."""
    text = 'Recording "%s" (%.1f seconds):\n' % (hearing["file"], hearing["seconds"])
    for segment, line in zip(hearing["segments"], names):
        values = dict(dialogues.NAMES[name] for name in line if name in dialogues.NAMES)
        speaker = [s for s in hearing["speakers"] if s["name"] == segment["speaker"]][0]
        manner = []
        if speaker.get("gender") and speaker["gender_certain"]:
            manner.append("female" if speaker["gender"]["female"] > 0.5 else "male")
        if "emotion" in values:
            manner.append("%s%s %.2f" % ("" if values["certain"] else "emotion uncertain, perhaps ",
                                         values["emotion"],
                                         segment["emotion"][values["emotion"]]))
        manner += ["%s %s" % (values[a] if a != "rate" else
                              {"low": "slow", "normal": "normal", "high": "fast"}[values[a]], name)
                   for a, name in (("pitch", "pitch"), ("rate", "speed"), ("loudness", "loudness"))
                   if a in values]
        if values.get("pauses") == "high":
            manner.append("with pauses")
        text += "%d. [%s-%s] speaker %s%s: %s\n" % (
            segment_number(hearing, segment), clock(segment["start"]), clock(segment["end"]),
            segment["speaker"], " (%s)" % ", ".join(manner) if manner else "", segment["text"])
    return text


def segment_number(hearing, segment):
    return hearing["segments"].index(segment) + 1


def clock(seconds):
    return "%02d:%04.1f" % (seconds // 60, seconds % 60)


def make_examples(prompter, part, seed, n_recordings, n_questions, reading):
    """For each recording: what all its prompts begin with, [(rest of the prompt, answer, weights of
    its tokens)], and the items. reading: as tools/prompt-ids has them, or "log"."""
    examples = []
    for i, (hearing, path, names) in enumerate(
            prompter.make_recordings(part, seed, n_recordings)):
        items = dialogues.make_questions(random.Random("%s %d %d ask" % (part, seed, i)), part,
                                         hearing, names, n_questions)
        requests = []
        for item in items:
            request = {"question": item["question"], "answer": item["answer"]}
            if reading == "log":
                request["question"] = make_log(hearing, names) + item["question"]
            else:
                request.update(hearing=path, reading=reading)
            requests.append(request)
            requests.append({"question": "", "answer": item["foil"] or ""})
        examples.append((requests, items))
    flat = iter(prompter.ask([request for requests, _ in examples for request in requests]))
    result = []
    for requests, items in examples:
        pairs = [(next(flat), next(flat)) for _ in items]
        n = common_prefix([prompt["prompt"] for prompt, _ in pairs])
        branches = []
        for prompt, foil in pairs:
            # The newline after the end of the turn is not the model's to write.
            answer = prompt["answer"][:-1]
            branches.append((prompt["prompt"][n:], answer, weigh(answer, foil["answer"])))
        result.append((pairs[0][0]["prompt"][:n], branches, items))
    return result


def weigh(answer, foil):
    """What tells the answer from its foil weighs in full, the wording little; sums to 1."""
    weights = [WORDING_WEIGHT if token in foil else 1.0 for token in answer]
    return [weight / sum(weights) for weight in weights]


def common_prefix(prompts):
    n = min(map(len, prompts)) - 1
    for i in range(n):
        if any(prompt[i] != prompts[0][i] for prompt in prompts):
            return i
    return n
