# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an answer is right: pure functions of its text, of what was heard and of what an item
says.

check(item, answer, hearings) runs the item's check. Each is named in CHECKS and takes the answer,
the Hearings that the program printed for the item's recordings, and the arguments that stand in
the item; it gives (is right, why not), or (None, why) where what was heard does not tell. Questions
on emotion, gender and speakers are so compared with the Hearing, all others with facts that the
item brings. Where a verdict is asked for, "uncertain" is right exactly where the Hearing is. What
concerns only the form of an answer stands in question_forms.py.
"""

import re

from question_words import (EMOTIONS, GENDERS, REFUSAL, SOFTENED, UNSURE, contains,
                            content_words, find, is_han, named, normalise, numbers,
                            speakers_named, times, yes_or_no)


def overlap(a, b):
    return max(0.0, min(a[1], b[1]) - max(a[0], b[0]))


def segments_within(hearing, span):
    """The Hearing's segments of which half is in the span, or that hold half of it; all if it is
    None."""
    if span is None:
        return hearing["segments"]
    found = []
    for segment in hearing["segments"]:
        own = (segment["start"], segment["end"])
        shared = overlap(own, span)
        if shared > 0 and shared >= 0.5 * min(own[1] - own[0], span[1] - span[0]):
            found.append(segment)
    return found


def pick(hearings, args):
    return segments_within(hearings[args.get("file", 0)], args.get("span"))


def top_emotion(segment):
    return max(segment["emotion"], key=segment["emotion"].get)


def share(words, text):
    return sum(contains(text, word) for word in words) / len(words) if words else 0.0


# --- the checks -------------------------------------------------------------------------------


def mentions(answer, _hearings, args):
    text = normalise(answer)
    missing = [group for group in args["all"] if not any(contains(text, w) for w in group)]
    wrong = [w for w in args.get("none", []) if contains(text, w)]
    if wrong:
        return False, "says " + ", ".join(wrong)
    return not missing, "lacks " + "; ".join(group[0] for group in missing)


def weigh_emotions(segments):
    """The probability of each emotion over all segments, weighted by their length."""
    weights = {key: sum(s["emotion"].get(key, 0) * (s["end"] - s["start"]) for s in segments)
               for key in EMOTIONS}
    total = sum(weights.values()) or 1
    return {key: weight / total for key, weight in weights.items()}


def emotion(answer, hearings, args):
    segments = [s for s in pick(hearings, args) if "emotion" in s]
    if not segments:
        return None, "the Hearing has no emotion here"
    text = normalise(answer)
    said = named(text, EMOTIONS)
    weights = weigh_emotions(segments)
    possible = {key for key, weight in weights.items() if weight >= 0.15}
    tops = {top_emotion(s) for s in segments if s["certain"]}
    if not tops:
        hedged = UNSURE.search(text) or SOFTENED.search(text)
        return hedged is not None and possible.issuperset(said), (
            "the Hearing is uncertain, the answer says " + (", ".join(said) or "nothing"))
    best = max(tops, key=weights.get)
    if not said or said[0] not in tops or not (tops | possible).issuperset(said):
        return False, "the Hearing says %s, the answer %s" % (best, ", ".join(said) or "nothing")
    return len(tops) < len(segments) or not UNSURE.search(text), "the Hearing is certain of " + best


def heard_gender(hearing, segment):
    """The speaker's if there is one, else the segment's; None: open."""
    for speaker in hearing.get("speakers", []):
        if speaker["name"] == segment.get("speaker") and "gender" in speaker:
            segment = speaker
    if "gender" not in segment:
        return None
    if not segment.get("gender_certain", True):
        return "uncertain"
    return "female" if segment["gender"]["female"] >= 0.5 else "male"


def gender(answer, hearings, args):
    hearing = hearings[args.get("file", 0)]
    heard = {heard_gender(hearing, s) for s in pick(hearings, args)}
    if not heard or None in heard:
        return None, "the Hearing has no gender here"
    text = normalise(answer)
    said = set(named(text, GENDERS))
    if not said:
        said = {"female"} if re.search(r"\b(?:she|her)\b|她", text) else set()
        said |= {"male"} if re.search(r"\b(?:he|his)\b|他(?!们)", text) else set()
    if heard == {"uncertain"}:
        return UNSURE.search(text) is not None, "the Hearing is uncertain"
    heard.discard("uncertain")
    return said == heard, "the Hearing says %s, the answer %s" % (
        " and ".join(sorted(heard)), " and ".join(sorted(said)) or "neither")


def yes_no(answer, hearings, args):
    """Yes or no, by what is_true says; a fuller answer may carry the attribute in its place."""
    expected = facts(hearings, args)
    if expected is None:
        return None, "the Hearing does not tell"
    said = yes_or_no(answer)
    vocabulary = {**EMOTIONS, **GENDERS}
    if said is None and args["fact"] in ("emotion", "gender"):
        values = named(normalise(answer), vocabulary)
        said = args["value"] in values if values else None
    if expected == "uncertain":
        return UNSURE.search(normalise(answer)) is not None or said is False, "uncertain"
    return said == expected, "the Hearing says %s" % ("yes" if expected else "no")


def facts(hearings, args):
    """Whether a statement on what was heard is true: True, False, "uncertain" or None."""
    segments = pick(hearings, args)
    if args["fact"] == "emotion":
        segments = [s for s in segments if "emotion" in s]
        if not segments:
            return None
        tops = {top_emotion(s) for s in segments if s["certain"]}
        if args["value"] in tops:
            return True
        return "uncertain" if not tops and args["value"] in map(top_emotion, segments) else False
    if args["fact"] == "gender":
        heard = {heard_gender(hearings[args.get("file", 0)], s) for s in segments}
        if not heard or None in heard:
            return None
        return True if args["value"] in heard else "uncertain" if "uncertain" in heard else False
    if args["fact"] == "fits":
        flags = [s.get("words_against_tone") for s in segments if "words_against_tone" in s]
        return (not any(flags)) == args.get("value", True) if flags else None
    raise KeyError(args["fact"])


def words_fit(text):
    """What a normalised text says on whether words and tone agree: True, False or None."""
    trouble = r"(?:mismatch|contradiction|conflict|disagreement|contrast)"
    if re.search(r"\b(?:no|without(?: any)?) %s|没有(?:矛盾|冲突)" % trouble, text):
        return True
    if re.search(r"\b(?:%s|contradicts?|disagrees?"
                 r"|do(?:es)?(?: not|n't) (?:\w+ )?(?:fit|match|agree)"
                 r"|at odds|against the (?:tone|words))\b|不(?:符|一致|相符|匹配|吻合|搭)|矛盾|相反"
                 % trouble, text):
        return False
    if re.search(r"\b(?:fits?|match(?:es)?|agrees?|consistent|in line|suits?|appropriate)\b"
                 r"|一致|相符|符合|匹配|吻合", text):
        return True
    return None


def tone(answer, hearings, args):
    """Yes or no on whether words and tone agree, in any words."""
    expected = facts(hearings, dict(args, fact="fits"))
    if expected is None:
        return None, "the Hearing does not compare words and tone"
    text = normalise(answer)
    said = yes_or_no(answer)
    if said is None:
        fits = words_fit(text)
        said = None if fits is None else fits == args.get("value", True)
    return said == expected, "the Hearing says %s" % ("yes" if expected else "no")


def speaker_is(answer, hearings, args):
    hearing = hearings[args.get("file", 0)]
    names = [s["name"] for s in hearing.get("speakers", [])]
    right = {s["speaker"] for s in pick(hearings, args) if "speaker" in s}
    if not names or not right:
        return None, "the Hearing names no speakers here"
    said = speakers_named(answer, names)
    if not said:
        genders = [heard_gender(hearing, {"speaker": name}) for name in names]
        for value in named(normalise(answer), GENDERS):
            said += [n for n, g in zip(names, genders) if g == value and genders.count(g) == 1]
    return len(said) > 0 and set(said) == right, "the Hearing says %s, the answer %s" % (
        ", ".join(sorted(right)), ", ".join(said) or "no speaker")


def said_by(answer, hearings, args):
    """The words of one speaker, and few of what only others say."""
    hearing = hearings[args.get("file", 0)]
    own = content_words(" ".join(s["text"] for s in hearing["segments"]
                                 if s.get("speaker") == args["speaker"]))
    others = content_words(" ".join(s["text"] for s in hearing["segments"]
                                    if s.get("speaker") != args["speaker"])) - own
    text = normalise(answer).replace("'", " ")
    found, foreign = share(own, text), share(others, text)
    return found >= 0.4 and foreign <= 0.2, "%.0f %% of the speaker's words, %.0f %% of others'" % (
        100 * found, 100 * foreign)


def count(answer, hearings, args):
    expected = args.get("value")
    if expected is None:
        expected = len(hearings[args.get("file", 0)].get("speakers", []))
        if expected == 0:
            return None, "the Hearing names no speakers"
    found = numbers(re.sub(r"\d+:\d+(?:\.\d+)?|一共", " ", normalise(answer)))
    return found[:1] == [float(expected)], "expected %d, found %s" % (
        expected, ", ".join("%g" % n for n in found) or "no number")


def same_speaker(answer, _hearings, args):
    text = normalise(answer)
    different = re.search(
        r"\b(?:different|(?:not|n't)(?: \w+){0,2} the same|the same(?: \w+){0,2} (?:is|are|do|does)"
        r"(?: not|n't)|two (?:people|persons|speakers|voices)|distinct)\b"
        r"|不同|不是同|不一样|两个人|不是一个", text)
    same = re.search(r"\b(?:same|identical|one person)\b|同一|一样|相同|一个人", text)
    said = False if different else True if same else yes_or_no(answer)
    return said == args["value"], "they are %s" % ("the same" if args["value"] else "different")


FILE_WORDS = (("first", "1st", "former", "第一", "前者", "recording 1", "file 1", "clip 1", "1"),
              ("second", "2nd", "latter", "第二", "后者", "recording 2", "file 2", "clip 2", "2"))


def which_file(answer, hearings, args):
    """The file that is named first, by place or by name."""
    text = normalise(answer)
    places = []
    for words, hearing in zip(FILE_WORDS, hearings):
        stem = hearing["file"].rsplit(".", 1)[0]
        found = [find(text, w) for w in (*words, hearing["file"], stem)]
        places.append(min([p for p in found if p >= 0], default=len(text)))
    said = None if min(places) == len(text) else places.index(min(places))
    return said == args["value"], "it is the %s" % ("second" if args["value"] else "first")


def comes_first(answer, _hearings, args):
    """Which of two phrases the answer puts first: the only one named, or the one named first, or
    the one behind "after"."""
    text = normalise(answer)
    places = [min([p for p in (find(text, w) for w in args[key]) if p >= 0], default=-1)
              for key in ("first", "second")]
    if min(places) < 0:
        return places[0] > places[1], "names %s" % ("neither" if max(places) < 0 else "the other")
    turned = re.search(r"\bafter\b|之后才|later than", text[min(places):max(places)]) is not None
    return (places[0] < places[1]) != turned, "puts the other first"


def time_within(answer, _hearings, args):
    """All times that are named lie where the phrase is, with the tolerance."""
    found = times(normalise(answer))
    lowest, highest = args["span"][0] - args["tolerance"], args["span"][1] + args["tolerance"]
    ok = bool(found) and len(found) <= 4 and all(lowest <= t <= highest for t in found)
    return ok, "it is at %.1f-%.1f s, the answer says %s" % (
        *args["span"], ", ".join("%g" % t for t in found) or "no time")


def refuses(answer, _hearings, args):
    text = normalise(answer)
    invented = [w for w in args.get("none", []) if contains(text, w)]
    return REFUSAL.search(text) is not None and not invented, (
        "does not say that the recording does not tell")


def covers(answer, hearings, _args):
    """Half of the words that were said."""
    words = content_words(" ".join(s["text"] for s in hearings[0]["segments"]))
    found = share(words, normalise(answer).replace("'", " "))
    return found >= 0.5, "%.0f %% of the words" % (100 * found)


def translation(answer, _hearings, args):
    """Only the words: what is known of the voice does not belong to a translation."""
    letters = [c for c in answer if c.isalpha()]
    han = sum(map(is_han, answer)) / max(1, len(letters))
    if args["to"] == "zh" and han < 0.8 or args["to"] == "en" and han > 0.1:
        return False, "not in the language asked for"
    if re.search(r"\[\d+:\d|\bspeaker a\b|\bpitch(?:ed)?\b|说话者a|语速|音高", normalise(answer)):
        return False, "tells of the voice, too"
    if "<" in answer:
        return False, "has the tags around the recording"
    return mentions(answer, None, args)


def anything(answer, _hearings, _args):
    return answer.strip() != "", "empty"


CHECKS = {f.__name__: f for f in (
    mentions, emotion, gender, yes_no, tone, speaker_is, said_by, count, same_speaker, which_file,
    comes_first, time_within, refuses, covers, translation, anything)}


def check(item, answer, hearings):
    """(is right, why not); None in place of a verdict: what was heard does not tell."""
    ok, why = CHECKS[item["check"]["name"]](answer, hearings, item["check"])
    return ok, "" if ok else why


def check_evidence(item, evidence, hearings):
    """Whether the time ranges hold the words: one of them has the clip where they are said, or its
    words as they were heard, or the place in it where they are said by its text, which the
    recogniser may have misheard; and together they are not simply everything. None: the item has
    none to be checked."""
    wanted = item.get("evidence")
    if wanted is None:
        return None
    if wanted == "none":
        return not evidence
    hearing = hearings[wanted.get("file", 0)]
    span = wanted["span"]
    hit = False
    for line in evidence:
        if len(hearings) > 1 and line.get("file") != hearing["file"]:
            continue
        shared = overlap((line["start"], line["end"]), span)
        words = any(contains(normalise(line["text"]), w) for w in wanted.get("words", []))
        here = any(line["start"] <= place <= line["end"] for place in wanted.get("places", []))
        hit |= shared > 0 and (words or here or shared >= 0.5 * (span[1] - span[0]))
    covered = sum(line["end"] - line["start"] for line in evidence)
    everything = covered > 0.67 * sum(h["seconds"] for h in hearings)
    everything = everything and len(hearing["segments"]) > 3
    return hit and not everything
