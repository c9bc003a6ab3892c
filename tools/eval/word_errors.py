# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts as they are compared when errors are counted: English after Whisper's own normaliser,
Chinese in simplified characters, each a word, without punctuation.

Needs: pip install whisper-normalizer.
"""
import ctypes
import ctypes.util
import re

from whisper_normalizer.english import EnglishTextNormalizer

normalise_english = EnglishTextNormalizer()

DIGITS = "零一二三四五六七八九"
UNITS = ("千", "百", "十", "")


def simplifier():
    library = ctypes.CDLL(ctypes.util.find_library("opencc"))
    library.opencc_open.restype = ctypes.c_void_p
    library.opencc_convert_utf8.restype = ctypes.c_char_p
    library.opencc_convert_utf8.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    converter = library.opencc_open(b"t2s.json")

    def simplify(text):
        data = text.encode()
        return library.opencc_convert_utf8(converter, data, len(data)).decode()

    return simplify


def spell_number(digits):
    """As Chinese reads it: 128 is 一百二十八; what is long or begins with 0, digit by digit."""
    if len(digits) > 4 or digits.startswith("0"):
        return "".join(DIGITS[int(d)] for d in digits)
    spelled, gap = "", False
    for digit, unit in zip(digits, UNITS[-len(digits):]):
        if digit == "0":
            gap = bool(spelled)
        else:
            spelled += ("零" if gap else "") + DIGITS[int(digit)] + unit
            gap = False
    return spelled[1:] if spelled.startswith("一十") else spelled


def normalise(texts, language, spell_numbers=False):
    """spell_numbers: Chinese numbers in characters, whichever way they are written."""
    if language != "zh":
        return [normalise_english(text) for text in texts]
    simplify = simplifier()
    simple = [simplify(text) for text in texts]
    if spell_numbers:
        simple = [re.sub("[0-9]+", lambda match: spell_number(match.group()), text)
                  .replace("两", "二").replace("〇", "零") for text in simple]
    return [" ".join(re.sub(r"[\W_]", "", text)) for text in simple]
