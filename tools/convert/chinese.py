# SPDX-License-Identifier: GPL-3.0-or-later
"""Chinese readings to GGUF: words in simplified characters, sorted by their bytes, how often each
was counted, and its reading in pinyin with the tone's number behind each syllable (lv4 for lǜ).

The reading of a single character lists all that it has, the usual one first; a word has one only
where it is not that of its characters one by one. What is kept is the word as it stands in a
dictionary: the sandhi of 一 and 不, which some sources write out, is undone.
"""

import json
import re
import unicodedata

import gguf_writer

MIN_COUNT = 8
TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
SYLLABLE = re.compile(r"(?:[bpmfdtnlgkjqxrzcsywh]|[zcs]h)?[aeiouv][a-z]{0,3}[1-5]")

# The usual readings of characters that stand alone, where the source has another one first.
USUAL = dict(
    pair.split(":")
    for pair in (
        "得:de5 的:de5 地:di4 着:zhe5 了:le5 长:chang2 干:gan4 卷:juan3 嗯:en1 朝:chao2 哦:o4 "
        "颇:po1 薄:bao2 骨:gu3 弹:tan2 斗:dou4 大:da4 尽:jin4 更:geng4 谁:shei2 啊:a5 呀:ya5 "
        "吗:ma5 呢:ne5 吧:ba5 嘛:ma5 啦:la5 哪:na3 那:na4 这:zhe4 们:men5 么:me5 里:li3 头:tou2 "
        "子:zi3 家:jia1 上:shang4 厂:chang3 广:guang3 佛:fo2 哄:hong3 观:guan1 降:jiang4 兴:xing4 "
        "绿:lv4 率:lv4 塞:sai1 俩:lia3 抹:mo3 扎:zha1 番:fan1 涨:zhang3 采:cai3 俱:ju4 唉:ai4 "
        "乾:gan1 著:zhu4 捲:juan3 鬥:dou4 裡:li3 裏:li3 麼:me5 種:zhong3 "
        "長:chang2 彈:tan2 "
        "呵:he1 哈:ha1 喂:wei4 哇:wa5 咯:lo5 嘞:lei5 喽:lou5 呗:bei5 哟:yo1 倒:dao4 待:dai4 "
        "缝:feng2 吐:tu3 挑:tiao1 拧:ning3 宁:ning2 晃:huang4 削:xiao1 钻:zuan1 沈:shen3 叶:ye4 "
        "血:xue4 似:si4 系:xi4 咱:zan2 熟:shu2 露:lu4 剥:bo1 凉:liang2 掺:chan1 炸:zha4 荷:he2 "
        "巷:xiang4 尿:niao4 粘:zhan1 脊:ji3 髻:ji4 嚼:jiao2 蚌:bang4 泊:bo2 澄:cheng2 臊:sao4 "
        "禅:chan2 蔓:man4 呛:qiang4 徊:huai2 吁:yu4 蹊:xi1 汗:han4 嗯:en1 诶:ei1 欸:ei1 噢:o1"
    ).split()
)


# Readings that the source has not, and how often such a word counts at the least.
OWN_COUNT = 2000
OWN = dict(
    pair.split(":")
    for pair in (
        "这一行:zhe4_yi1_hang2 那一行:na4_yi1_hang2 每一行:mei3_yi1_hang2 数一数:shu3_yi1_shu3 "
        "数了数:shu3_le5_shu3 "
        "量一量:liang2_yi1_liang2 这只:zhe4_zhi1 那只:na4_zhi1 几只:ji3_zhi1 "
        "乾隆:qian2_long2 乾坤:qian2_kun1 每只:mei3_zhi1"
    ).split()
)
NUMERALS = "一二两三四五六七八九十百千万几半"


def _read_syllable(text):
    """lǜ: lv4. None for what is no syllable of the standard language."""
    tone, letters = "5", []
    for c in unicodedata.normalize("NFD", text):
        if c in TONES:
            tone = TONES[c]
        elif c == "\u0308":
            letters[-1] = "v"
        else:
            letters.append(c)
    syllable = "".join(letters) + tone
    return syllable if SYLLABLE.fullmatch(syllable) else None


def _is_word(word):
    return all("\u4e00" <= c <= "\u9fff" or c == "〇" for c in word)


def _read_characters(text):
    readings = {}
    for code, sounds in json.loads(text).items():
        character = chr(int(code))
        syllables = [_read_syllable(sound) for sound in sounds.split(",")]
        syllables = [s for i, s in enumerate(syllables) if s and s not in syllables[:i]]
        usual = USUAL.get(character)
        if usual:
            syllables = [usual] + [s for s in syllables if s != usual]
        if _is_word(character) and syllables:
            readings[character] = syllables
    return readings


def _read_phrases(text):
    plain = {"一": "yi1", "不": "bu4"}
    phrases = {}
    for word, sounds in json.loads(text).items():
        syllables = [_read_syllable(sound[0]) for sound in sounds]
        if not _is_word(word) or len(word) != len(syllables) or None in syllables:
            continue
        phrases[word] = [
            plain[c] if c in plain and s[-1] in "124" else s for c, s in zip(word, syllables)
        ]
    return phrases


def _read_character(word, at, characters):
    """A character of a word that no phrase has, by where it stands."""
    if at == 0 and len(word) > 1 and word[at] in "得了":
        return {"得": "de2", "了": "liao3"}[word[at]]
    if word[at] == "只" and at > 0 and word[at - 1] in NUMERALS:
        return "zhi1"
    return characters[word[at]][0]


def _read_by_parts(word, phrases, characters):
    """By the longest phrases in it."""
    syllables, at = [], 0
    while at < len(word):
        end = len(word)
        while end > at + 1 and word[at:end] not in phrases:
            end -= 1
        part = word[at:end]
        syllables += phrases[part] if end > at + 1 else [_read_character(word, at, characters)]
        at = end
    return syllables


def convert(characters, phrases, counts, name, out):
    """characters, phrases: pypinyin's JSON; counts: jieba's words with their frequencies, as JSON
    in jieba3's form; out: a binary file."""
    characters = _read_characters(characters)
    phrases = _read_phrases(phrases)
    counts = json.loads(counts)["freq"]
    for word, reading in OWN.items():
        if all(c in characters for c in word):
            phrases[word] = reading.split("_")
            counts[word] = max(counts.get(word, 0), OWN_COUNT)
    kept = {word for word, n in counts.items() if n >= MIN_COUNT and len(word) > 1}
    kept = {word for word in kept if _is_word(word) and all(c in characters for c in word)}
    words = sorted(kept | set(phrases) | set(characters), key=lambda word: word.encode("utf-8"))
    readings = []
    for word in words:
        if len(word) == 1:
            readings.append(",".join(characters[word]))
            continue
        syllables = phrases.get(word) or _read_by_parts(word, phrases, characters)
        usual = [characters[c][0] for c in word if c in characters]
        readings.append("" if syllables == usual else " ".join(syllables))
    writer = gguf_writer.GgufWriter()
    writer.string("general.architecture", "chinese-pronunciations")
    writer.string("general.name", name)
    writer.string("general.license", "mit")
    writer.strings("pronunciations.words", words)
    writer.int32s("pronunciations.counts", [counts.get(word, 0) for word in words])
    writer.strings("pronunciations.readings", readings)
    writer.write(out)
