# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated recordings, as "hearsay listen --json" prints them, and questions with their answers.

How a line sounds is drawn independently of its words. What counts as high, fast or loud is the
program's to say: a recording is made of plain measures, the program tells what its lines become
(tools/prompt-ids), and the questions are made of that. The same seed gives the same dialogues.

  hearing = make_hearing(random.Random(7), "train")
  items = make_questions(random.Random(8), "train", hearing, lines, n=6)

Each item has "kind", "language", "question", "answer", "foil" (the answer if the recording sounded
otherwise: where they differ is what the recording tells; None if there is none), and by which
expressions an answer is judged: "right" (all must be found) and "wrong" (none may be).
"""

import re

from rows import wordings

EMOTIONS = list(wordings.VALUES["emotion"])
USUAL_HZ = {"female": 200, "male": 120}
LEVELS = ("low", "normal", "high")
RATES_SPS = {"low": 2.3, "normal": 4.4, "high": 6.8}
# What the program prints, as (attribute, value).
NAMES = {
    "<|female|>": ("gender", "female"), "<|male|>": ("gender", "male"),
    "<|certain|>": ("certain", True), "<|uncertain|>": ("certain", False),
    "<|pitch low|>": ("pitch", "low"), "<|pitch normal|>": ("pitch", "normal"),
    "<|pitch high|>": ("pitch", "high"), "<|slow|>": ("rate", "low"),
    "<|rate normal|>": ("rate", "normal"), "<|fast|>": ("rate", "high"),
    "<|quiet|>": ("loudness", "low"), "<|loudness normal|>": ("loudness", "normal"),
    "<|loud|>": ("loudness", "high"), "<|no pauses|>": ("pauses", "low"),
    "<|pauses|>": ("pauses", "high"),
    **{"<|%s|>" % emotion: ("emotion", emotion) for emotion in EMOTIONS},
}
# How often each kind is asked.
WEIGHTS = {
    "emotion of a line": 4, "emotion of a person": 2, "certainty": 3, "gender": 2, "pitch": 2,
    "rate": 2, "loudness": 2, "pauses": 1, "who says": 2, "which line": 2, "who sounds": 2,
    "quote": 2, "quote by sound": 2, "yes or no": 2, "not told": 1,
}


def _make_text(rng, language, part):
    beginnings, endings = wordings.LINES[language][part]
    return rng.choice(beginnings) + (" " if language == "en" else "") + rng.choice(endings)


def _make_emotion(rng, certain):
    top = rng.choice(EMOTIONS)
    share = rng.uniform(0.6, 0.95) if certain else rng.uniform(0.25, 0.4)
    rest = (1 - share) / (len(EMOTIONS) - 1)
    return {emotion: round(share if emotion == top else rest, 3) for emotion in EMOTIONS}


def _make_segment(rng, text, start, speaker, is_told):
    certain = rng.random() < 0.75
    gender = speaker["gender"]
    usual = USUAL_HZ["female" if gender["female"] > 0.5 else "male"]
    has_pauses = rng.random() < 0.3
    segment = {"start": start, "end": round(start + rng.uniform(2, 5), 1), "text": text,
               "speaker": speaker["name"]}
    if is_told:
        segment.update(
            gender=gender, emotion=_make_emotion(rng, certain), certain=certain,
            gender_certain=speaker["gender_certain"], doubts=[] if certain else ["flat"],
            pitch_hz=round(usual * 2 ** (rng.choice((-5.5, 0, 5.5)) / 12), 1),
            rate_sps=RATES_SPS[rng.choice(LEVELS)],
            loudness_lufs=rng.choice((-38.0, -24.0, -10.0)),
            pause_s=1.6 if has_pauses else 0.1, pauses=2 if has_pauses else 0)
    return segment


def make_hearing(rng, part, name="talk.wav"):
    """part: "train" or "unseen"."""
    language = rng.choice(("en", "en", "zh"))
    turn = wordings.traditional if rng.random() < 0.5 else wordings.simplified
    n_lines = rng.choice((2, 3, 3, 4))
    is_told = rng.random() < 0.93
    speakers = []
    for i in range(rng.randint(1, min(n_lines, 4))):
        female = rng.choice((0.98, 0.02))
        speakers.append({"name": chr(ord("A") + i), "seconds": 4.0,
                         "gender": {"female": female, "male": round(1 - female, 2)},
                         "gender_certain": rng.random() < 0.9})
    # Everybody speaks, in order of appearance at first.
    who = speakers + [rng.choice(speakers) for _ in range(n_lines - len(speakers))]
    segments, texts, start = [], set(), 0.0
    for speaker in who:
        text = _make_text(rng, language, part)
        while text in texts:
            text = _make_text(rng, language, part)
        texts.add(text)
        segments.append(_make_segment(rng, turn(text), start, speaker, is_told))
        start = round(segments[-1]["end"] + rng.choice((0.2, 0.4, 1.8)), 1)
    if not is_told:
        for speaker in speakers:
            del speaker["gender"]
    return {"file": name, "seconds": start, "language": language, "speakers": speakers,
            "segments": segments}


class Line:
    """What the program says about a line, and its place."""

    def __init__(self, n, segment, names):
        self.n = n
        self.text = segment["text"]
        self.letter = segment.get("speaker")
        self.values = dict(NAMES[name] for name in names if name in NAMES)

    def get(self, attribute):
        return self.values.get(attribute)

    def emotion(self):
        """The emotion if it is a verdict."""
        return self.get("emotion") if self.get("certain") else None


def _name_value(attribute, value, language):
    return wordings.VALUES[attribute][value][language == "zh"][0]


def _expression(attribute, value):
    """In either language: an English word in a Chinese sentence is right as well."""
    return "|".join(expression for _, expression in wordings.VALUES[attribute][value])


def _others(attribute, value):
    return [_expression(attribute, other) for other in wordings.VALUES[attribute]
            if other != value]


class Asker:
    """Questions about one recording in one language."""

    def __init__(self, rng, part, language, turn, lines):
        self.rng = rng
        self.index = 0 if part == "train" else 1
        self.part = part
        self.language = language
        self.turn = turn if language == "zh" else str
        self.lines = lines
        self.short = {}  # what an answer calls what the question is about
        self.genders = {}
        for line in lines:
            if line.get("gender"):
                self.genders[line.letter] = line.get("gender")

    def item(self, kind, fill, answer=None, right=(), wrong=(), other=None):
        """other: (template, what is filled in otherwise) of the foil; template None: the same."""
        entry = wordings.QUESTIONS[kind][self.language]

        def complete(template, values):
            values = dict(values)
            for name in ("line", "person", "value"):
                if name in values:
                    values[name.capitalize()] = values[name][0].upper() + values[name][1:]
            return self.turn(template.format(**values))

        answer = answer or entry[2]
        told = {**fill, **self.short}
        foil = complete(other[0] or answer, {**told, **other[1]}) if other else None
        return {"kind": kind, "language": self.language,
                "question": complete(self.rng.choice(entry[self.index]), fill),
                "answer": complete(answer, told), "foil": foil,
                "right": list(right), "wrong": list(wrong)}

    def other_value(self, attribute, value):
        """The name of another value."""
        others = [v for v in wordings.VALUES[attribute] if v != value]
        return _name_value(attribute, self.rng.choice(others), self.language)

    def other_line(self, line, key):
        others = [getattr(o, key) for o in self.lines if getattr(o, key) != getattr(line, key)]
        return (None, {key: self.rng.choice(others)}) if others else None

    def refer_line(self, line):
        form = self.rng.choice(wordings.LINE_REFERENCES[self.language][self.part])
        self.short = {"line": wordings.LINE_REFERENCES[self.language]["train"][0].format(n=line.n)}
        return form.format(n=line.n, text=line.text.rstrip(".。"))

    def refer_person(self, line):
        form = self.rng.choice(wordings.PERSON_REFERENCES[self.language][self.part])
        short = wordings.PERSON_REFERENCES[self.language]["train"][0].format(letter=line.letter)
        self.short = {"person": short}
        return form.format(letter=line.letter, text=line.text.rstrip(".。"))

    def only(self, attribute, value, by_speaker=False):
        """The one line, or the lines of the one speaker, of a value; None if there are more."""
        found = [line for line in self.lines
                 if (line.emotion() if attribute == "emotion" else line.get(attribute)) == value]
        unsure = [line for line in self.lines
                  if attribute == "emotion" and line.get(attribute) == value
                  and not line.get("certain")]
        keys = {line.letter if by_speaker else line.n for line in found}
        return found[0] if len(keys) == 1 and not unsure else None

    # One function for each kind; None where the recording does not lend itself to it.

    def not_known(self, kind, fill):
        return self.item(kind, fill, wordings.ANSWERS["not told"][self.language],
                         [wordings.NOT_TOLD])

    def ask_emotion(self, kind, fill, line):
        if line.get("emotion") is None:
            return self.not_known(kind, fill)
        value = line.get("emotion")
        fill["value"] = _name_value("emotion", value, self.language)
        if not line.get("certain"):
            self.short = {"line": self.short.get("line", self.short.get("person"))}
            fill["line"] = self.short["line"]
            return self.item(kind, fill, wordings.ANSWERS["uncertain emotion"][self.language],
                             [wordings.UNCERTAIN], other=(
                                 wordings.QUESTIONS["emotion of a line"][self.language][2], {}))
        return self.item(kind, fill, None, [_expression("emotion", value)],
                         _others("emotion", value) + [wordings.UNCERTAIN],
                         (None, {"value": self.other_value("emotion", value)}))

    def emotion_of_a_line(self, kind):
        line = self.rng.choice(self.lines)
        return self.ask_emotion(kind, {"line": self.refer_line(line)}, line)

    def emotion_of_a_person(self, kind):
        line = self.rng.choice(self.lines)
        if sum(other.letter == line.letter for other in self.lines) > 1:
            return None
        return self.ask_emotion(kind, {"person": self.refer_person(line)}, line)

    def certainty(self, kind):
        line = self.rng.choice(self.lines)
        fill = {"line": self.refer_line(line)}
        if line.get("emotion") is None:
            return None
        fill["value"] = _name_value("emotion", line.get("emotion"), self.language)
        certain = line.get("certain")
        doubt = "uncertain|not (certain|sure|clear)|doubtful|^no\\b|不确定|没有|不可靠|不能|^不"
        forms = [wordings.ANSWERS[name][self.language] for name in ("uncertain", "certain")]
        return self.item(kind, fill, forms[certain],
                         ["yes|certain|clear|sure|是|确定|有把握|可靠|能"] if certain else [doubt],
                         [doubt] if certain else [],
                         (forms[not certain], {"value": self.other_value("emotion",
                                                                         line.get("emotion"))}))

    def gender(self, kind):
        line = self.rng.choice(self.lines)
        fill = {"person": self.refer_person(line)}
        value = self.genders.get(line.letter)
        if value is None:
            return self.not_known(kind, fill)
        fill["value"] = _name_value("gender", value, self.language)
        wrong = [] if self.language == "zh" else _others("gender", value)
        right = [_expression("gender", value)]
        return self.item(kind, fill, None, right, wrong,
                         (None, {"value": self.other_value("gender", value)}))

    def ask_level(self, kind):
        line = self.rng.choice(self.lines)
        fill = {"line": self.refer_line(line)}
        value = line.get(kind)
        if value is None:
            return self.not_known(kind, fill)
        fill["value"] = _name_value(kind, value, self.language)
        wrong = [] if value == "normal" else _others(kind, value)
        other = {"value": self.other_value(kind, value)}
        if kind == "pauses":
            yes, no = wordings.YES[self.language], wordings.NO[self.language]
            fill["answer"], other["answer"] = (yes, no) if value == "high" else (no, yes)
        return self.item(kind, fill, None, [_expression(kind, value)], wrong,
                         (None, other))

    def who_says(self, kind):
        line = self.rng.choice(self.lines)
        fill = {"text": line.text.rstrip(".。"), "n": line.n, "letter": line.letter}
        return self.item(kind, fill, None, [r"(?<![a-z])%s(?![a-z])" % line.letter],
                         [r"speaker [^%s\W]\b" % line.letter], self.other_line(line, "letter"))

    def find_value(self, by_speaker):
        """A value that singles out a line or a speaker: (its name, the line), or None."""
        candidates = [("emotion", emotion) for emotion in EMOTIONS]
        candidates += [(a, v) for a in ("rate", "loudness") for v in ("low", "high")]
        self.rng.shuffle(candidates)
        for attribute, value in candidates:
            line = self.only(attribute, value, by_speaker)
            if line is not None:
                name = _name_value(attribute, value, self.language)
                if self.language == "zh" and attribute != "emotion":
                    name = {"rate": "语速", "loudness": "音量"}[attribute] + name
                return name, line
        return None

    def which_line(self, kind):
        found = self.find_value(False)
        if found is None or len(self.lines) < 2:
            return None
        name, line = found
        others = [other.n for other in self.lines if other.n != line.n]
        return self.item(kind, {"value": name, "n": line.n}, None,
                         [r"\b%d\b|第%d|%s" % (line.n, line.n, re.escape(line.text))],
                         ["(line |第)%d" % n for n in others], self.other_line(line, "n"))

    def who_sounds(self, kind):
        found = self.find_value(True)
        if found is None or len({line.letter for line in self.lines}) < 2:
            return None
        name, line = found
        return self.item(kind, {"value": name, "letter": line.letter}, None,
                         [r"(?<![a-z])%s(?![a-z])" % line.letter],
                         [r"speaker [^%s\W]\b" % line.letter], self.other_line(line, "letter"))

    def quote(self, kind):
        line = self.rng.choice(self.lines)
        return self.item(kind, {"n": line.n, "text": line.text}, None,
                         [re.escape(line.text.rstrip(".。"))],
                         [re.escape(o.text.rstrip(".。")) for o in self.lines if o.n != line.n],
                         self.other_line(line, "text"))

    def quote_by_sound(self, kind):
        found = self.find_value(False)
        if found is None or len(self.lines) < 2:
            return None
        name, line = found
        return self.item(kind, {"value": name, "text": line.text}, None,
                         [re.escape(line.text.rstrip(".。"))],
                         [re.escape(o.text.rstrip(".。")) for o in self.lines if o.n != line.n],
                         self.other_line(line, "text"))

    def yes_or_no(self, kind):
        line = self.rng.choice(self.lines)
        truth = line.emotion()
        if truth is None:
            return None
        asked = truth if self.rng.random() < 0.5 else self.rng.choice(EMOTIONS)
        fill = {"line": self.refer_line(line),
                "value": _name_value("emotion", asked, self.language),
                "truth": _name_value("emotion", truth, self.language),
                "answer": (wordings.YES if asked == truth else wordings.NO)[self.language]}
        no = "^no\\b|\\bnot\\b|^不|不是|^否"
        other = (None, {"answer": (wordings.NO if asked == truth else wordings.YES)[self.language],
                        "truth": self.other_value("emotion", truth)})
        if asked == truth:
            return self.item(kind, fill, None, ["^yes|^是|^对|^對"], [no], other)
        return self.item(kind, fill, None, [no], other=other)

    def not_told(self, kind):
        return self.not_known(kind, {"person": self.refer_person(self.rng.choice(self.lines))})

    def ask(self, kind):
        if kind in ("pitch", "rate", "loudness", "pauses"):
            return self.ask_level(kind)
        return getattr(self, kind.replace(" ", "_"))(kind)


def make_questions(rng, part, hearing, names, n):
    """names: for each line what the program prints for it."""
    lines = [Line(i + 1, segment, names[i]) for i, segment in enumerate(hearing["segments"])]
    kinds = [kind for kind, weight in WEIGHTS.items() for _ in range(weight)]
    items = []
    while len(items) < n:
        # Most questions are in the language of the recording.
        same = rng.random() < 0.8
        language = hearing["language"] if same else {"en": "zh", "zh": "en"}[hearing["language"]]
        turn = wordings.traditional if rng.random() < 0.5 else wordings.simplified
        item = Asker(rng, part, language, turn, lines).ask(rng.choice(kinds))
        if item is not None and all(item["question"] != other["question"] for other in items):
            items.append(item)
    return items


def is_right(item, answer):
    """Whether an answer says what it must, and nothing that contradicts."""
    text = wordings.simplified(answer.strip())

    def found(expression):
        return re.search(wordings.simplified(expression), text, re.IGNORECASE) is not None

    return all(map(found, item["right"])) and not any(map(found, item["wrong"]))
