# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an answer has the form that was asked for: pure functions of its text.

fits(form, answer) gives (has the form, why not); form is {"name": one of FORMS, arguments...}. A
form is what a program could read without help: no friendly words around it, no code fence around
JSON. One line that introduces a table or a list is let pass, as is a full stop behind a word.
"""

import json
import re

from question_words import is_han

BULLET = re.compile(r"\s*(?:[-*\u2022\u00b7\u25aa\u2013])\s+\S|\s*[\u2022\u00b7]\s*\S")
NUMBERED = re.compile(r"\s*(\d+)[.)\u3001]\s*\S")
TYPES = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}


def bare(answer):
    return answer.strip().strip("\"'*`.。!！\u201c\u201d「」").strip()


def one_word(answer, _form):
    word = bare(answer)
    if any(map(is_han, word)):
        return len(word) <= 4 and all(map(is_han, word)), "not one word"
    return re.fullmatch(r"\w+(?:[-'\u2019]\w+)*", word) is not None, "not one word"


def capitals(answer, _form):
    return re.search("[A-Z]", answer) is not None and answer == answer.upper(), "not all capitals"


def lower_case(answer, _form):
    return re.search("[a-z]", answer) is not None and answer == answer.lower(), "has capitals"


def number_only(answer, _form):
    return re.fullmatch(r"\d+(?:\.\d+)?", bare(answer)) is not None, "not a bare number"


def one_of(answer, form):
    return bare(answer).lower() in [w.lower() for w in form["words"]], "none of the words allowed"


def at_most(answer, form):
    n = len(re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:['\u2019]\w+)?", answer))
    return 0 < n <= form["words"], "%d words" % n


def one_sentence(answer, _form):
    text = re.sub(r"\b(?:Mr|Mrs|Dr|St)\.|\d\.\d", " ", answer.strip())
    ends = len(re.findall(r"[.!?。！？]+[\"'\u201d」]?(?:\s|$)|[。！？]", text))
    return text != "" and "\n" not in text and ends <= 1, "not one sentence"


def list_lines(answer):
    lines = [line for line in answer.strip().split("\n") if line.strip()]
    if lines and lines[0].rstrip().endswith((":", "：")) and not BULLET.match(lines[0]):
        lines = lines[1:]
    return lines


def bullets(answer, form):
    lines = list_lines(answer)
    if not all(BULLET.match(line) for line in lines):
        return False, "lines that are no bullet points"
    return len(lines) == form["n"], "%d bullet points" % len(lines)


def numbered(answer, form):
    found = [NUMBERED.match(line) for line in list_lines(answer)]
    given = [int(match.group(1)) if match else None for match in found]
    return given == list(range(1, form["n"] + 1)), "not numbered 1 to %d" % form["n"]


def table(answer, form):
    """A Markdown table: a head, a rule, rows as wide as the head."""
    lines = [line.strip() for line in list_lines(answer)]
    if len(lines) < 3 or not all(line.startswith("|") and line.endswith("|") for line in lines):
        return False, "not a table"
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    if not all(re.fullmatch(":?-+:?", cell) for cell in rows[1]):
        return False, "no rule under the head"
    if any(len(row) != len(rows[0]) for row in rows):
        return False, "rows of different width"
    head = " ".join(rows[0]).lower()
    missing = [name for name in form.get("columns", []) if name.lower() not in head]
    if missing:
        return False, "no column " + ", ".join(missing)
    return len(rows) - 2 >= form.get("rows", 1), "%d rows" % (len(rows) - 2)


def chinese_only(answer, _form):
    if re.search("[A-Za-z]", answer):
        return False, "has Latin letters"
    return sum(map(is_han, answer)) >= 1, "no Chinese"


def english_only(answer, _form):
    return re.search("[A-Za-z]", answer) is not None and not any(map(is_han, answer)), "not English"


def unique(pairs):
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key occurs twice")
    return dict(pairs)


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def validate(value, schema, where="the answer"):
    """What contradicts the schema (type, enum, properties, required, items), or None. Properties
    that the schema does not name are refused."""
    if "type" in schema and not is_type(value, schema["type"]):
        return "%s is not of type %s" % (where, schema["type"])
    if "enum" in schema and value not in schema["enum"]:
        return "%s is none of the values" % where
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for key in schema.get("required", known):
            if key not in value:
                return "%s lacks %s" % (where, key)
        for key, member in value.items():
            if key not in known:
                return "%s has %s" % (where, key)
            problem = validate(member, known[key], key)
            if problem:
                return problem
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            return "%s has %d items" % (where, len(value))
        for element in value:
            problem = validate(element, schema.get("items", {}), where + "[]")
            if problem:
                return problem
    return None


def json_of(answer, form):
    try:
        value = json.loads(answer, object_pairs_hook=unique)
    except ValueError as error:
        return False, "no JSON: %s" % error
    problem = validate(value, form["schema"])
    return problem is None, problem or ""


FORMS = {f.__name__: f for f in (
    one_word, capitals, lower_case, number_only, one_of, at_most, one_sentence, bullets, numbered,
    table, chinese_only, english_only, json_of)}


def fits(form, answer):
    """One form or a list of them, all of which must hold."""
    for part in form if isinstance(form, list) else [form]:
        ok, why = FORMS[part["name"]](answer, part)
        if not ok:
            return False, why
    return True, ""
