#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each language of po/LINGUAS says all that the sources say now, with the same specifiers, access
keys and dots, in its own script and terms."""

import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPECIFIER = re.compile(r"%(?:%|(?:\d+\$)?[-+ #0]*\d*(?:\.\d+)?(?:hh|h|ll|l|z|j|t)?[a-zA-Z])")
# The characters that each script has, and words of the other side of the strait.
SCRIPTS = {"zh_TW": "cp950", "zh_CN": "gb2312"}
FOREIGN = {
    "zh_TW": "信息 默認 文件 軟件 設置 視頻 網絡 音頻 錄製 菜單 內存 線程 服務器 質量 粘貼 打開 保存 "
             "搜索 用戶 屏幕 代碼 數據 首選項 鼠標 導出 導入 添加 退出".split(),
    "zh_CN": "资讯 预设 档案 软体 设定 网路 音讯 选单 记忆体 执行绪 伺服器 贴上 开启 储存 搜寻 程式 "
             "萤幕 资料 偏好设定 滑鼠 汇出 汇入 登出".split(),
}


def run(*command):
    return subprocess.run(command, cwd=ROOT, check=True, text=True, capture_output=True,
                          env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin:/usr/local/bin"})


def unquote(lines):
    text = "".join(re.findall(r'"(.*)"', lines))
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text)


Entry = collections.namedtuple("Entry", "is_fuzzy text plural translations")


def read(path):
    """The entries of a catalogue but its header."""
    entries = []
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        lines = [line for line in block.split("\n") if not line.startswith("#~")]
        fields = collections.defaultdict(str)
        name = None
        for line in lines:
            if line.startswith("#"):
                continue
            match = re.match(r"(msg\w+(?:\[\d\])?) ", line)
            name = match[1] if match else name
            if name:
                fields[name] += line + "\n"
        if "msgid" in fields and unquote(fields["msgid"]):
            entries.append(Entry(
                any(re.match(r"#,.*fuzzy", line) for line in lines),
                unquote(fields["msgid"]), unquote(fields["msgid_plural"]),
                [unquote(text) for key, text in fields.items() if key.startswith("msgstr")]))
    return entries


def specifiers(text):
    return collections.Counter(SPECIFIER.findall(text))


def check(language, entry):
    """What is wrong with one entry."""
    if entry.is_fuzzy or not all(entry.translations):
        yield "is not translated"
        return
    for text in entry.translations:
        if specifiers(text) != specifiers(entry.plural or entry.text):
            yield f"has other specifiers in “{text}”"
        for mark in ("…", "\n"):
            if entry.text.count(mark) != text.count(mark):
                yield f"has another number of {mark!r} in “{text}”"
        if len(re.findall("_", entry.text)) != len(re.findall("_", text)):
            yield f"has no access key, or one too many, in “{text}”"
        try:
            text.replace("·", "").encode(SCRIPTS.get(language, "utf-8"))
        except UnicodeEncodeError as error:
            yield f"has a character of another script, {text[error.start]!r}, in “{text}”"
        for word in FOREIGN.get(language, ()):
            if word in text:
                yield f"says {word}, which is not said there, in “{text}”"


def self_test():
    """The checks see what they are for."""
    for text, translation, language in (
            ("Open", "", "zh_TW"), ("%d s", "秒", "zh_TW"), ("_Open", "開啟", "zh_TW"),
            ("Open…", "開啟", "zh_TW"), ("Record", "录音", "zh_TW"), ("Record", "錄音", "zh_CN"),
            ("File", "文件", "zh_TW"), ("%s (%d%%)", "%s（%d）", "zh_CN")):
        assert list(check(language, Entry(False, text, "", [translation]))), (text, translation)
    assert not list(check("zh_TW", Entry(False, "_Open %s…", "", ["開啟 %s(_O)…"])))


def main():
    for program in ("xgettext", "msgmerge", "msgfmt"):
        if shutil.which(program) is None:
            print(f"{program} is not installed")
            sys.exit(77)
    self_test()
    languages = [line for line in (ROOT / "po/LINGUAS").read_text().split("\n")
                 if line and not line.startswith("#")]
    assert {"zh_TW", "zh_CN"} <= set(languages), languages
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        run("tools/translations", folder)
        n_texts = len(read(pathlib.Path(folder, "hearsay.pot")))
        assert n_texts > 100, n_texts
        for language in languages:
            merged = pathlib.Path(folder, f"{language}.po")
            run("msgfmt", "--check", "--check-accelerators=_", "-o", f"{folder}/mo", str(merged))
            entries = read(merged)
            assert len(entries) == n_texts, (len(entries), n_texts)
            problems += [f"po/{language}.po: “{entry.text}” {what}"
                         for entry in entries for what in check(language, entry)]
            if "#~" in merged.read_text(encoding="utf-8"):
                problems.append(f"po/{language}.po translates what is not said any more; "
                                "tools/translations removes it")
    print("\n".join(problems) or f"{n_texts} texts in {', '.join(languages)}")
    sys.exit(bool(problems))


main()
