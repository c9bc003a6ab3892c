# SPDX-License-Identifier: GPL-3.0-or-later
"""English pronunciations from misaki's JSON lexicons to GGUF: two arrays of strings, sorted by the
words' bytes. A word that is spoken in several ways has an entry per part of speech besides, as
record|VERB.
"""

import json

import gguf_writer

PARTS = ("NOUN", "VERB", "ADJ", "ADV", "VBD", "VBN", "VBP", "None")


def _entries(lexicon):
    for word, sound in lexicon.items():
        if isinstance(sound, str):
            yield word, sound
            continue
        yield word, sound["DEFAULT"]
        for part in PARTS:
            if sound.get(part):
                yield "%s|%s" % (word, part), sound[part]


def convert(lexicons, name, out):
    """lexicons: JSON texts, the less trusted first; out: a binary file."""
    merged = {}
    for text in lexicons:
        merged.update(_entries(json.loads(text)))
    words = sorted(merged, key=lambda word: word.encode("utf-8"))
    writer = gguf_writer.GgufWriter()
    writer.string("general.architecture", "pronunciations")
    writer.string("general.name", name)
    writer.string("general.license", "apache-2.0")
    writer.string("pronunciations.language", "en-us")
    writer.strings("pronunciations.words", words)
    writer.strings("pronunciations.sounds", [merged[word] for word in words])
    writer.write(out)
