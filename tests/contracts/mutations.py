"""Damage as it happens to a company's files: slips of the hand, cut and paste, a spreadsheet's export, a bad merge.

Everything is drawn from one seed; the same seed damages the same way.
"""
import csv
import io
import random
import re

import yaml

#: Texts that have broken readers before.
HOSTILE = [
    "NO", "null", "~", "01234", "10:30", "1e9", "nan", "-0", "1_0", "99999999999999999999999", "missing", "true", "True", "=1+1",
    "*x", "&x", "!!int 3", "<<: *x", "---", "{", "}", "[", "]", ": ", " #", ",", ";", "|", ">", "%", "@", "`", "'", '"',
    "\t", "\x00", "\ufeff", "\u2028", "\r", "é", "١٢", "🙂", "\ud800", "../x.csv", "[[DE]]", "US:941*", "94199-94100",
    "9999-12-31", "0001-01-01", "2026-02-30", "P1Y", "PT0S", "{nearest: stores}", "{table: tables/eea.csv}",
]


def damaged(files: dict[str, str], seed: int) -> dict[str, str]:
    """The files with one to three pieces of damage."""
    draw, files = random.Random(seed), dict(files)
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        tables = [name for name in files if name.endswith(".csv")]
        name = "rulebook.yaml" if draw.random() < 0.55 else draw.choice(tables)
        by_structure = draw.random() < 0.35
        change = (_in_tree if name == "rulebook.yaml" else _in_rows) if by_structure else _in_text
        files[name] = change(files[name], draw)
    return files


def _in_text(text: str, draw: random.Random) -> str:
    return draw.choice(_TEXT_CHANGES)(text, draw)


def _cut(text, draw):
    start = draw.randrange(len(text) + 1)
    return text[:start] + text[start + draw.randint(1, 20):]


def _insert(text, draw):
    start = draw.randrange(len(text) + 1)
    return text[:start] + draw.choice(HOSTILE) + text[start:]


def _paste(text, draw):
    start, source = draw.randrange(len(text) + 1), draw.randrange(len(text) + 1)
    return text[:start] + text[source:source + draw.randint(1, 30)] + text[start + draw.choice([0, 5, 15]):]


def _words(text):
    return list(re.finditer(r"[\w.*+<>=-]+", text))


def _other_word(text, draw):
    words = _words(text)
    if not words:
        return text
    at, other = draw.choice(words), draw.choice(words)
    return text[:at.start()] + draw.choice([other.group(), draw.choice(HOSTILE)]) + text[at.end():]


def _slip(text, draw):
    """Two letters swapped, one doubled, one left out, one in the other case."""
    words = [word for word in _words(text) if len(word.group()) > 2]
    if not words:
        return text
    at = draw.choice(words)
    word, place = at.group(), draw.randrange(len(at.group()) - 1)
    slips = [word[:place] + word[place + 1] + word[place] + word[place + 2:], word[:place] + word[place] + word[place:],
             word[:place] + word[place + 1:], word[:place] + word[place].swapcase() + word[place + 1:]]
    return text[:at.start()] + draw.choice(slips) + text[at.end():]


def _digit(text, draw):
    digits = list(re.finditer(r"\d", text))
    if not digits:
        return text
    at = draw.choice(digits).start()
    return text[:at] + str(draw.randint(0, 9)) + text[at + 1:]


def _lines(text, draw):
    lines = text.split("\n")
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    match draw.randrange(5):
        case 0:
            del lines[one]
        case 1:
            lines.insert(other, lines[one])
        case 2:
            lines[one], lines[other] = lines[other], lines[one]
        case 3:
            lines[one] = draw.choice([" ", "  ", "\t", "# "]) + lines[one]
        case 4:
            lines = lines[:one]
    return "\n".join(lines)


def _another_editor(text, draw):
    """Saved by another editor: other line ends, a byte order mark, blanks at line ends. Nothing may change by it."""
    return draw.choice([text.replace("\n", "\r\n"), "\ufeff" + text, text.replace("\n", "  \n"), text.rstrip("\n"),
                        text + "\n\n"])


_TEXT_CHANGES = [_cut, _insert, _paste, _other_word, _other_word, _slip, _slip, _digit, _digit, _lines, _lines, _another_editor]


def _in_tree(text: str, draw: random.Random) -> str:
    """A change of the book's structure, written out anew; text that is no tree is changed as text."""
    try:
        tree = yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError):
        return _in_text(text, draw)
    places = list(_places(tree))
    if not places:
        return _in_text(text, draw)
    parent, key = draw.choice(places)
    scalars = [holder[at] for holder, at in places if isinstance(holder[at], str)]
    match draw.randrange(7):
        case 0:
            del parent[key]
        case 1:
            parent[key] = draw.choice([*scalars, *HOSTILE])
        case 2:
            other, at = draw.choice(places)
            parent[key] = other[at] if not _holds(other[at], parent) else "x"
        case 3:
            parent[key] = [parent[key]]
        case 4 if isinstance(parent, list):
            parent.insert(draw.randrange(len(parent) + 1), parent[key])
        case 5 if isinstance(parent, list):
            draw.shuffle(parent)
        case 4 | 5 | 6:
            name = draw.choice([*scalars, *HOSTILE])
            if isinstance(parent, dict):
                parent[name] = parent.pop(key)
    return yaml.dump(tree, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=10_000)


class _Plain(yaml.SafeDumper):
    """Writes what stands twice twice, without anchors."""

    def ignore_aliases(self, data):
        return True


def _places(tree):
    keys = tree.keys() if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in list(keys):
        yield tree, key
        yield from _places(tree[key])


def _holds(tree, sought):
    return tree is sought or any(holder[key] is sought for holder, key in _places(tree))


def _in_rows(text: str, draw: random.Random) -> str:
    """A change of a table's rows and columns."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if len(rows) < 2 or not all(rows):
        return _in_text(text, draw)
    row, other = draw.choice(rows), draw.choice(rows)
    at = draw.randrange(len(row))
    match draw.randrange(8):
        case 0:
            row[at] = ""
        case 1:
            row[at] = draw.choice(other)
        case 2:
            row[at] = draw.choice(HOSTILE)
        case 3:
            rows.insert(draw.randrange(1, len(rows) + 1), list(row))
        case 4:
            rows.remove(row)
        case 5:
            for each in rows:
                if len(each) > at:
                    del each[at]
        case 6:
            row.append(draw.choice(["", "x", *other]))
        case 7:
            rows[1:] = draw.sample(rows[1:], len(rows) - 1)
    out = io.StringIO()
    csv.writer(out, quoting=draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), lineterminator="\n").writerows(rows)
    return out.getvalue()
