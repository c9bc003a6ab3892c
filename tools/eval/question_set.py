# SPDX-License-Identifier: GPL-3.0-or-later
"""The recordings and the questions of tools/eval/questions, made from a speech manifest.

Recordings are single clips and conversations that are joined here with pauses; where each clip lies
in a conversation is known, so questions on order and time have exact answers. They are written
under names that tell nothing. questions.json says which clips are used, and holds the facts of
their words; question_wordings.json says in which ways each kind of question is asked. Items take
the wordings in turn. A wording is "dev", which those who work on answers may look at, or
"held-out", which they may not.

An item is {"id", "kind", "language", "split", "files", "question", "check"} and perhaps "form" and
"evidence" (question_checks.py, question_forms.py).
"""

import array
import csv
import ctypes
import ctypes.util
import json
import os
import random
import wave

from question_checks import EMOTIONS, heard_gender, segments_within, top_emotion
from question_words import find, normalise

FOLDER = os.path.dirname(os.path.abspath(__file__))
RATE_HZ = 16000
TIME_TOLERANCE_S = 1.0
CHINESE = {"neutral": "平靜", "happy": "高興", "sad": "悲傷", "angry": "生氣", "fearful": "害怕",
           "surprised": "驚訝", "disgusted": "厭惡"}


def load(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return json.load(file)


class SoundInfo(ctypes.Structure):
    _fields_ = [("frames", ctypes.c_int64)] + [
        (name, ctypes.c_int) for name in ("rate", "channels", "format", "sections", "seekable")]


def read_samples(path):
    """16-bit mono samples of any file that libsndfile reads."""
    library = ctypes.CDLL(ctypes.util.find_library("sndfile") or "libsndfile.so.1")
    library.sf_open.restype = ctypes.c_void_p
    library.sf_readf_short.restype = ctypes.c_int64
    library.sf_readf_short.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    library.sf_close.argtypes = [ctypes.c_void_p]
    info = SoundInfo()
    sound = library.sf_open(os.fsencode(path), 0x10, ctypes.byref(info))
    if not sound:
        raise OSError("%s: cannot be read as sound" % path)
    if (info.rate, info.channels) != (RATE_HZ, 1):
        library.sf_close(sound)
        raise OSError("%s: %d Hz and %d channels, expected %d and 1"
                      % (path, info.rate, info.channels, RATE_HZ))
    samples = array.array("h", bytes(2 * info.frames))
    n_read = library.sf_readf_short(sound, samples.buffer_info()[0], info.frames)
    library.sf_close(sound)
    return samples[:n_read]


def write_wav(path, samples):
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())


def join(paths, seed):
    """The clips one after the other with pauses of 0.5 to 1 s; and the span of each in seconds."""
    pauses = random.Random(seed)
    samples, spans = array.array("h"), []
    for path in paths:
        if spans:
            samples.extend([0] * int(RATE_HZ * pauses.uniform(0.5, 1.0)))
        start = len(samples) / RATE_HZ
        samples.extend(read_samples(path))
        spans.append((round(start, 2), round(len(samples) / RATE_HZ, 2)))
    return samples, spans


def places_of(words, text, span):
    """When the text, said evenly from the span's start to its end, has each word: the beginning of
    what is found, in seconds."""
    text = normalise(text)
    found = [find(text, word) for word in words]
    return [round(span[0] + (span[1] - span[0]) * place / len(text), 2)
            for place in found if place >= 0]


class Recordings:
    """What is written to a scratch folder: name -> {"path", "clips": [(clip, span), ...]}."""

    def __init__(self, manifest, scratch):
        folder = os.path.dirname(os.path.abspath(manifest))
        with open(manifest, encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            self.rows = {row["path"]: row for row in rows}
        self.data = load("questions.json")
        talks = self.data["conversations"]
        singles = set(self.data["singles"]) | set(self.data["clips"])
        singles.update(clip for pair in self.data["pairs"] for clip in pair)
        singles.update(clip for which in self.data["which"] for clip in which["files"])
        plan = {name: clips for name, clips in talks.items()}
        plan.update(("clip-%02d" % i, [clip]) for i, clip in enumerate(sorted(singles), 1))
        plan = {name: clips for name, clips in plan.items() if set(clips) <= set(self.rows)}
        if not plan:
            raise OSError("%s: has none of the clips of questions.json" % manifest)
        self.by_name, self.by_clip = {}, {}
        os.makedirs(scratch, exist_ok=True)
        for name, clips in plan.items():
            samples, spans = join([os.path.join(folder, clip) for clip in clips], name)
            path = os.path.join(scratch, name + ".wav")
            write_wav(path, samples)
            self.by_name[name] = {"path": path, "clips": list(zip(clips, spans))}
            if len(clips) == 1:
                self.by_clip[clips[0]] = name

    def facts(self, clip):
        data = self.data["clips"].get(clip) or self.data["texts"].get(self.rows[clip]["text"], {})
        return data


class Set:
    """Builds the items. hearings: what was heard, by the recording's name."""

    def __init__(self, recordings, hearings):
        self.recordings, self.hearings = recordings, hearings
        self.data = recordings.data
        self.wordings = load("question_wordings.json")
        self.items, self.left_out, self.turns = [], [], {}

    def add(self, kind, wording, names, check, values=None, **more):
        """wording: the list of question_wordings.json from which the next one is taken."""
        wordings = self.wordings[wording]
        turn = self.turns.get(wording, 0)
        self.turns[wording] = turn + 1
        language, split, text, *rest = wordings[turn % len(wordings)]
        for key, value in (values or {}).items():
            if isinstance(value, str):
                text = text.replace("{%s}" % key, value)
        number = sum(item["kind"] == kind for item in self.items) + 1
        if rest:
            check = dict(check, value=rest[0])
        self.items.append({"id": "%s-%02d" % (kind, number), "kind": kind, "language": language,
                           "split": split, "files": list(names), "question": text, "check": check,
                           **more})

    def single(self, clip):
        """The recording of one clip, or None if the manifest lacks it."""
        return self.recordings.by_clip.get(clip)

    def talks(self, prefix):
        return [(name, recording["clips"]) for name, recording in self.recordings.by_name.items()
                if name.startswith(prefix)]

    def speakers(self, name):
        return [speaker["name"] for speaker in self.hearings[name].get("speakers", [])]

    def segments(self, name, span=None):
        return segments_within(self.hearings[name], span)

    def certain_emotion(self, name):
        """The one emotion that all segments have for certain, or None."""
        segments = self.segments(name)
        tops = {top_emotion(s) for s in segments if s.get("certain") and "emotion" in s}
        return tops.pop() if len(tops) == 1 else None

    # --- the kinds, in the order in which they are reported ---

    def content(self):
        talked = {clip for _, clips in self.talks("talk") for clip, _ in clips}
        for clip, name in self.recordings.by_clip.items():
            if clip in talked or clip in self.data["singles"][4:12]:
                continue
            for fact in self.recordings.facts(clip).get("ask", []):
                span = self.recordings.by_name[name]["clips"][0][1]
                self.ask(fact, name, clip, span)
        asked = set()
        for name, clips in self.talks("talk"):
            for clip, span in clips:
                for fact in self.recordings.facts(clip).get("ask", [])[:1]:
                    if fact["en"] not in asked:
                        asked.add(fact["en"])
                        self.ask(fact, name, clip, span)

    def ask(self, fact, name, clip, span):
        words = [w for group in fact["all"] for w in group]
        places = places_of(words, self.recordings.rows[clip]["text"], span)
        self.add("content", "content", [name], {"name": "mentions", "all": fact["all"]},
                 {"en": fact["en"], "zh": fact["zh"]},
                 evidence={"span": span, "words": words, "places": places})

    def translation(self):
        for target in ("to_zh", "to_en"):
            texts = set()
            for clip, name in self.recordings.by_clip.items():
                words = self.recordings.facts(clip).get(target)
                text = self.recordings.rows[clip]["text"]
                if words and text not in texts:
                    texts.add(text)
                    self.add("translation", target, [name],
                             {"name": "translation", "to": target[3:], "all": words})

    def emotion(self):
        acted = [self.single(clip) for clip in self.data["singles"] if self.single(clip)]
        for name in acted:
            self.add("emotion", "emotion", [name], {"name": "emotion"})
        for i, (name, clips) in enumerate(self.talks("scene")):
            clip, span = clips[i % len(clips)]
            self.add("emotion", "emotion_at", [name], {"name": "emotion", "span": span},
                     {"phrase": self.recordings.facts(clip)["phrase"]})
        for i, name in enumerate(acted[:6]):
            heard = self.certain_emotion(name) or "angry"
            keys = list(EMOTIONS)
            value = heard if i % 2 == 0 else keys[(keys.index(heard) + 2) % len(keys)]
            self.add("emotion", "emotion_yes", [name],
                     {"name": "yes_no", "fact": "emotion", "value": value},
                     {"value": value, "value_zh": CHINESE[value]})

    def gender(self):
        acted = [self.single(clip) for clip in self.data["singles"] if self.single(clip)]
        for name in acted[::2]:
            self.add("gender", "gender", [name], {"name": "gender"})
        for i, (name, clips) in enumerate(self.talks("talk")[:4]):
            clip, span = clips[i % len(clips)]
            self.add("gender", "gender_at", [name], {"name": "gender", "span": span},
                     {"phrase": self.recordings.facts(clip)["phrase"]})

    def who(self):
        for i, (name, clips) in enumerate(self.talks("talk")[:6]):
            for clip, span in (clips[i % 2], clips[-1])[:1 + i % 2]:
                self.add("who", "who", [name], {"name": "speaker_is", "span": span},
                         {"phrase": self.recordings.facts(clip)["phrase"]})
            names = self.speakers(name)
            if len(names) > 1 and i % 2 == 0:
                self.add("who", "said_by", [name], {"name": "said_by", "speaker": names[1]},
                         {"speaker": names[1]})
            elif len(names) > 1:
                span = clips[0 if i == 1 else -1][1]
                self.add("who", "who_edge", [name], {"name": "speaker_is", "span": span},
                         {"edge": "first" if i == 1 else "last",
                          "edge_zh": "最先" if i == 1 else "最後"})
            else:
                self.left_out.append("who: %s has one speaker" % name)

    def count(self):
        singles = [self.single(clip) for clip in self.data["singles"][:1] if self.single(clip)]
        for name in [name for name, _ in self.talks("talk")] + singles:
            self.add("count", "count", [name], {"name": "count"})
        for name, _ in self.talks("talk")[1:4]:
            heard = [heard_gender(self.hearings[name], {"speaker": s}) for s in self.speakers(name)]
            if not heard or set(heard) - {"female", "male"}:
                self.left_out.append("count: the genders in %s are open" % name)
                continue
            self.add("count", "count_gender", [name],
                     {"name": "count", "value": heard.count("female")})

    def compare(self):
        rows = self.recordings.rows
        pairs = [p for p in self.data["pairs"] if all(map(self.single, p))]
        for pair in pairs:
            self.add("compare", "same", map(self.single, pair),
                     {"name": "same_speaker",
                      "value": rows[pair[0]]["speaker"] == rows[pair[1]]["speaker"]})
        for pair in pairs:
            names = [self.single(clip) for clip in pair]
            genders = [{heard_gender(self.hearings[name], s) for s in self.segments(name)}
                       for name in names]
            if genders in ([{"female"}, {"male"}], [{"male"}, {"female"}]):
                self.add("compare", "which_gender", names,
                         {"name": "which_file", "value": genders.index({"female"})})
            emotions = [self.certain_emotion(name) for name in names]
            if None not in emotions and emotions[0] != emotions[1]:
                self.add("compare", "which_emotion", names, {"name": "which_file", "value": 1},
                         {"value": emotions[1], "value_zh": CHINESE[emotions[1]]})
        for pair in pairs[:2]:
            names = [self.single(clip) for clip in pair]
            lengths = [self.hearings[name]["seconds"] for name in names]
            self.add("compare", "which_longer", names,
                     {"name": "which_file", "value": lengths.index(max(lengths))})
        for which in self.data["which"]:
            if all(map(self.single, which["files"])):
                self.add("compare", "which", map(self.single, which["files"]),
                         {"name": "which_file", "value": which["value"]},
                         {"en": which["en"], "zh": which["zh"]})

    def order(self):
        for i, (name, clips) in enumerate(self.talks("talk")[:6]):
            first, second = (self.recordings.facts(clips[k][0]) for k in (i % 2, -1))
            a, b = (first, second) if i % 3 else (second, first)
            self.add("order", "order", [name],
                     {"name": "comes_first", "first": [first["phrase"]] + first["key"],
                      "second": [second["phrase"]] + second["key"]},
                     {"a": a["phrase"], "b": b["phrase"]})
            if i % 2 == 0:
                here, then = clips[1][0], clips[2][0]
                self.add("order", "next", [name],
                         {"name": "mentions", "all": [self.recordings.facts(then)["key"]]},
                         {"a": self.recordings.facts(here)["phrase"]})

    def time(self):
        for i, (name, clips) in enumerate(self.talks("talk")):
            for clip, span in (clips[1 + i % (len(clips) - 1)], clips[-1])[:1 + (i == 3)]:
                self.add("time", "time", [name],
                         {"name": "time_within", "span": span, "tolerance": TIME_TOLERANCE_S},
                         {"phrase": self.recordings.facts(clip)["phrase"]})

    def tone(self):
        names = [self.single(clip) for clip in self.data["singles"][:4] + self.data["singles"][12:]]
        names.append(self.single("librispeech/3080-5032-0000.flac"))
        for name in names:
            if name:
                self.add("tone", "tone", [name], {"name": "tone"})

    def unanswerable(self):
        seen = set()
        for clip, name in self.recordings.by_clip.items():
            for question in self.recordings.facts(clip).get("none", []):
                if question not in seen:
                    seen.add(question)
                    language = "en" if question.isascii() else "zh"
                    self.items.append(
                        {"id": "unanswerable-%02d" % len(seen), "kind": "unanswerable",
                         "language": language, "split": ("dev", "held-out")[len(seen) % 2],
                         "files": [name], "question": question, "check": {"name": "refuses"}})
        talks = self.talks("talk")
        for i, question in enumerate(self.data["none"][:len(talks)]):
            self.add("unanswerable", "none", [talks[i][0]], {"name": "refuses"}, question)

    def forms(self):
        acted = [self.single(clip) for clip in self.data["singles"][:6] if self.single(clip)]
        talks = [name for name, _ in self.talks("talk")[:4]]
        checks = {"anything": {"name": "anything"}, "talk": {"name": "anything"},
                  "covers": {"name": "covers"},
                  "gender_yes": {"name": "yes_no", "fact": "gender", "value": "female"}}
        for i, (language, split, kind, text, form) in enumerate(self.wordings["forms"]):
            names = talks if kind in ("talk", "covers", "count") else acted
            if names:
                self.items.append(
                    {"id": "form-%02d" % (i + 1), "kind": "form", "language": language,
                     "split": split, "files": [names[i % len(names)]], "question": text,
                     "form": form, "check": checks.get(kind, {"name": kind})})

    def chat(self):
        for question in self.data["chat"]:
            self.add("chat", "chat", [], {"name": "mentions", "all": question["all"]}, question,
                     evidence="none")

    def build(self):
        for kind in (self.content, self.translation, self.emotion, self.gender, self.who,
                     self.count, self.compare, self.order, self.time, self.tone,
                     self.unanswerable, self.forms, self.chat):
            kind()
        return self.items
