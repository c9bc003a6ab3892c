# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts to compare tokenizers on, the pre-tokenizers that families publish, and small models.

Used by tools/eval/tokenizers and tools/goldens/tokenizers. The models are trained on the texts.

Needs the packages tokenizers and sentencepiece.
"""

import io
import json
import random
import struct
import sys

from gguf_writer import GgufWriter

SCRIPTS = {
    "latin": "The quick brown fox doesn't jump; it WON'T. Ärger über naïve façade, señor! İstanbul "
             "Đà Nẵng Łódź smörgåsbord I'LL we'Re don'T they'd've it'ſ",
    "greek": "Η γρήγορη αλεπού πηδά πάνω από το σκυλί. Ἀρχὴ ἥμισυ παντός, ΟΔΥΣΣΕΥΣ ς",
    "cyrillic": "Съешь же ещё этих мягких французских булок, да выпей чаю. Їжак ґанок Џ № 5",
    "arabic": "السلام عليكم ورحمة الله وبركاته ٠١٢٣٤٥٦٧٨٩ مَرْحَبًا، كيف الحال؟ ۴۵۶",
    "hebrew": "שָׁלוֹם עולם, מה שלומך היום? בְּרֵאשִׁית 5 ק״ג",
    "devanagari": "नमस्ते दुनिया, आप कैसे हैं? १२३४ क्षत्रिय ज्ञान श्री",
    "thai": "สวัสดีชาวโลก ภาษาไทยไม่มีช่องว่าง ๑๒๓ กำลังน้ำ",
    "chinese": "你好，世界！今天天气不错。繁體字：聽說、龍、臺灣。三〇二 ㈠ ⑨ 𠮷野家 〸",
    "japanese": "こんにちは、世界。カタカナとひらがなと漢字が混ざる。ﾊﾝｶｸ １２３ 々〆ヶ",
    "korean": "안녕하세요 세계! 오늘은 날씨가 좋네요. 한국어 ㄱㄴㄷ ㅋㅋㅋ 각",
    "tamil": "வணக்கம் உலகம், நீங்கள் எப்படி இருக்கிறீர்கள்? ௧௨௩",
    "armenian+georgian": "Բարեւ աշխարհ, ինչպես ես։ გამარჯობა მსოფლიო, როგორ ხარ? Ⴀ",
    "ethiopic+khmer": "ሰላም ለዓለም፣ እንዴት ነህ? ፩፪፫ សួស្តីពិភពលោក ១២៣",
}
EMOJI = ("👋 👨‍👩‍👧‍👦 🏳️‍🌈 🇹🇼 🇺🇳 👍🏽 🧑🏿‍🚀 ❤️ ☺︎ 1️⃣ #️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 😂😂😂 ✨✅ ♾ ™ © → "
         "½ ² Ⅷ ₂ ٪ ‰ … — “ ” ’s 🫠 🩷 🪿 ﷽ ꧁ 𝔘𝔫𝔦 𝟘𝟙 ｅ").split(" ")
CODE = ["for (int i = 0; i < n; i++) {\n\tsum += a[i];\n}",
        "def f(x):\n    return x**2 # 'quoted'\n",
        "SELECT * FROM t WHERE id=12345 AND name LIKE '%x%';",
        "<div class=\"a-b\">&nbsp;</div>\r\n",
        "https://example.org/a?b=c&d=%20#e", "{\"a\": [1, 2.50, -3e10], \"b\": null}",
        "#include <stdio.h>\n\n\nint\nmain(void)\n{\n  printf (\"%d\\n\", 0x1F);\n}\n",
        "x = y ?? z?.w!; // why\n",
        "$ git commit -m \"it's\" && echo $HOME/*.txt | grep -v '^#'",
        "\\frac{a_1^2}{\\sqrt{2\\pi}}", "a->b::c<T>&&(~d|e)<<=1;",
        "    \t  mixed\t\tindent   \n  \n"]
SPACES = (" \n\t\r\x0b\x0c\x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000"
          "\u200b\ufeff\u180e\x1c\x1f")

INSERTED = ["  ", "\n", "\t ", " 12345 ", "…", "'s", "\r\n\r\n", "3.14"]
CONTROL = ["<|im_start|>user\nhi<|im_end|>", "<|endoftext|>", "a <s> b</s>", "[INST] <0x41> ▁▁x",
           "<tag>a\n\n\nb   c"]


def pieces_of(rng, text):
    """A stretch of a text, cut anywhere, with spaces and digits put in."""
    start = rng.randrange(len(text))
    piece = text[start:start + rng.randrange(1, 60)]
    if rng.random() < 0.3:
        at = rng.randrange(len(piece) + 1)
        piece = piece[:at] + rng.choice(INSERTED) + piece[at:]
    return piece


def spaces(rng):
    words = ["a", "Hello", "1", "12", "...", "'s", "你好", "é", ""]
    return "".join("".join(rng.choice(SPACES[:4] if rng.random() < .7 else SPACES)
                           for _ in range(rng.randrange(6))) + rng.choice(words)
                   for _ in range(rng.randrange(1, 8)))


def character(rng):
    while True:
        c = rng.choice([rng.randrange(0x20, 0x250), rng.randrange(0x3000), rng.randrange(0x10000),
                        rng.randrange(0x110000), rng.randrange(0x1F300, 0x1FB00)])
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def texts(n, seed):
    """(kind, bytes) of n texts, each kind equally often."""
    rng = random.Random(seed)
    makers = {name: (lambda t=text: pieces_of(rng, t)) for name, text in SCRIPTS.items()}
    makers["emoji"] = lambda: "".join(rng.choice(EMOJI) + rng.choice(["", " ", "a", "1"])
                                      for _ in range(rng.randrange(1, 8)))
    makers["code"] = lambda: pieces_of(rng, "".join(rng.sample(CODE, 3)))
    makers["spaces"] = lambda: spaces(rng)
    makers["mixed"] = lambda: "".join(pieces_of(rng, rng.choice(list(SCRIPTS.values())))[:12]
                                      for _ in range(6))
    makers["random characters"] = lambda: "".join(character(rng)
                                                  for _ in range(rng.randrange(1, 30)))
    makers["random bytes"] = lambda: rng.randbytes(rng.randrange(1, 40))
    makers["control names"] = lambda: rng.choice(CONTROL) + rng.choice("ab 1")
    for i in range(n):
        kind = list(makers)[i % len(makers)]
        text = makers[kind]()
        yield kind, text if isinstance(text, bytes) else text.encode()


CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def pre_tokenizer(name):
    from tokenizers import Regex, pre_tokenizers as P
    byte_level = P.ByteLevel(add_prefix_space=False, use_regex=False)
    if name == "qwen2":
        pattern = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + REST
        return P.Sequence([P.Split(Regex(pattern), "isolated"), byte_level])
    if name in ("llama-bpe", "llama3"):
        pattern = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + REST
        return P.Sequence([P.Split(Regex(pattern), "isolated"), byte_level])
    if name == "smollm":
        return P.Sequence([P.Digits(individual_digits=True), P.ByteLevel(add_prefix_space=False)])
    if name in ("gpt-2", "gpt2"):
        return P.ByteLevel(add_prefix_space=False)
    sys.exit(f"tokenizers: no reference for pre-tokenizer '{name}'")


class Writer(GgufWriter):
    """With the kinds of values that only vocabularies need."""

    def boolean(self, key, value):
        self._key(key, 7, struct.pack("<?", value))

    def floats(self, key, values):
        data = struct.pack("<%df" % len(values), *values)
        self._key(key, 9, struct.pack("<IQ", 6, len(values)) + data)

    def bytes(self, key, value):
        self._key(key, 9, struct.pack("<IQ", 0, len(value)) + value)

    def save(self, path):
        with open(path, "wb") as file:
            self.write(file)


def training_texts():
    """The scripts' texts, cut in different places: what the small models are trained on."""
    rng = random.Random(0)
    sources = list(SCRIPTS.values()) + [SCRIPTS["latin"]] * 6 + CODE
    return [pieces_of(rng, text) for _ in range(40) for text in sources]


def training_lines():
    return [text.replace("\n", " ").strip() or "a" for text in training_texts()]


def vocabulary(model, tokens, types):
    writer = Writer()
    writer.string("general.architecture", "llama")
    writer.string("tokenizer.ggml.model", model)
    writer.strings("tokenizer.ggml.tokens", tokens)
    writer.int32s("tokenizer.ggml.token_type", types)
    return writer


def train_byte_bpe(pre, n_tokens, path):
    """Writes a byte-level vocabulary to path; returns the reference, from text to ids."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer(pre)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(training_texts(), trainers.BpeTrainer(
        vocab_size=n_tokens, show_progress=False, initial_alphabet=alphabet))
    vocab = tokenizer.get_vocab()
    merges = [tuple(merge) for merge in json.loads(tokenizer.to_str())["model"]["merges"]]
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, ignore_merges=pre == "llama-bpe"))
    tokenizer.pre_tokenizer = pre_tokenizer(pre)
    tokenizer.add_tokens(["<tag>"])
    tokens = sorted(vocab, key=vocab.get) + ["<tag>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    writer = vocabulary("gpt2", tokens, [1] * len(vocab) + [4, 3, 3, 3])
    writer.string("tokenizer.ggml.pre", pre)
    writer.strings("tokenizer.ggml.merges", [" ".join(merge) for merge in merges])
    writer.uint32("tokenizer.ggml.bos_token_id", len(vocab) + 2)
    writer.uint32("tokenizer.ggml.eos_token_id", len(vocab) + 3)
    writer.save(path)
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


# What the families of SentencePiece set, by the name of the golden.
SENTENCEPIECE = {
    "spm-llama": dict(model_type="bpe", byte_fallback=True, normalization_rule_name="identity",
                      remove_extra_whitespaces=False),
    "spm-gemma": dict(model_type="bpe", byte_fallback=True, normalization_rule_name="identity",
                      remove_extra_whitespaces=False, add_dummy_prefix=False,
                      user_defined_symbols=["<tag>", "\n\n", "\n", "▁▁", "▁▁▁", "▁▁▁▁"]),
    "unigram": dict(model_type="unigram", byte_fallback=False),
    "unigram-bytes": dict(model_type="unigram", byte_fallback=True, split_by_whitespace=False,
                          remove_extra_whitespaces=False, normalization_rule_name="identity",
                          user_defined_symbols=["<tag>", "\n"]),
}


def train_sentencepiece(name, n_tokens, path, rules=None):
    """Writes a SentencePiece vocabulary to path; returns the reference, from text to ids. rules: a
    file of normalisation rules in place of SentencePiece's own."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2
    settings = dict(SENTENCEPIECE[name])
    if rules and "normalization_rule_name" not in settings:
        settings["normalization_rule_tsv"] = rules
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(training_lines()), model_writer=model, vocab_size=n_tokens,
        character_coverage=0.98, hard_vocab_limit=False, minloglevel=2, num_threads=1,
        **settings)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    proto = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue())
    user = [piece.piece.replace("▁", " ") if piece.type == 4 and name == "spm-gemma"
            else piece.piece for piece in proto.pieces]
    writer = vocabulary("llama" if settings["model_type"] == "bpe" else "t5", user,
                        [piece.type for piece in proto.pieces])
    writer.floats("tokenizer.ggml.scores", [piece.score for piece in proto.pieces])
    normal = proto.normalizer_spec
    writer.boolean("tokenizer.ggml.add_space_prefix", normal.add_dummy_prefix)
    writer.boolean("tokenizer.ggml.remove_extra_whitespaces", normal.remove_extra_whitespaces)
    if normal.precompiled_charsmap:
        writer.bytes("tokenizer.ggml.precompiled_charsmap", normal.precompiled_charsmap)
    writer.uint32("tokenizer.ggml.bos_token_id", processor.bos_id())
    writer.uint32("tokenizer.ggml.eos_token_id", processor.eos_id())
    writer.uint32("tokenizer.ggml.unknown_token_id", processor.unk_id())
    writer.save(path)

    def encode(text):
        """None where we differ on purpose: a "▁" that a user wrote is kept, there it is a space."""
        return None if "▁" in text and settings["byte_fallback"] else processor.encode(text)
    return encode
