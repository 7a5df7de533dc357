"""Values, chunks of files, and changes to bytes and to JSON that break programs, all from a given random generator."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any

TEXTS = (
    "",
    " ",
    "-",
    "--",
    ".",
    "..",
    "/",
    "a/b",
    "=",
    "A=",
    "=A",
    "A=B",
    "SPEAKER_00=Ana",
    "fake",
    "nul\x00",
    "\ud800",
    "\udcff",
    "\x1b[31m",
    "line\nbreak",
    "\u2028",
    "e\u0301" * 50,
    "日本語",
    "مرحبا",
    "👩‍🔬",
    "%s%n{}{0}",
    "$(id)",
    "a" * 300,
    "a" * 5000,
    "9" * 5000,
    "[" * 2000,
    "<v " * 500,
    "NaN",
    "inf",
    "-1",
    "0",
    "1e308",
    "1" + "0" * 30,
    "0x10",
    "true",
    "null",
    "{a: b}",
    "en",
    "tiny.en",
    "cuda:99999999999",
    "6GB",
    "-6GB",
    "clustering.threshold=0.5",
    "a=&x [*x]",
)
ARGUMENTS = tuple(text for text in TEXTS if not {"\x00", "\ud800"} & {*text})
"""Those that an operating system passes to a program."""

NUMBERS: tuple[Any, ...] = (0, -1, 1, 0.5, -0.0, 1e-300, 1e6, 1e15, 1e300, 1e308, 2**31, 2**63, 2**64, -(2**63), 10**40)
VALUES: tuple[Any, ...] = (
    *TEXTS,
    *NUMBERS,
    None,
    True,
    False,
    [],
    {},
    [[]],
    [{}],
    {"": None},
    float("nan"),
    float("inf"),
)

TOKENS = (
    b"-->",
    b"<v ",
    b"</v>",
    b"<",
    b">",
    b"{",
    b"}",
    b"[",
    b"]",
    b"{\\p1}",
    b"&amp;",
    b"&#x110000;",
    b"&#0;",
    b":",
    b",",
    b".",
    b" ",
    b"\t",
    b"\n",
    b"\n\n",
    b"\r",
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b"9",
    b"-",
    b"1e308",
    b"NaN",
    b"null",
    b"WEBVTT",
    b"NOTE",
    b"STYLE",
    b"SPEAKER ",
    b";;",
    b"00:00:01.000 --> 00:00:02.000\n",
    b"1\n00:00:01,000 --> 00:00:02,000\n",
    b"Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,",
    b"Ana: ",
    b'"',
    b"\\",
    b"\\ud800",
    b"\x1c",
    b"\x85",
)


def changed_bytes(data: bytes, chance: Random) -> bytes:
    """Return the bytes with a few changes: chunks removed, doubled, moved, or replaced by what breaks files."""
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        first, last = sorted(chance.randint(0, len(data)) for _ in range(2))
        last = min(last, first + chance.choice((1, 8, 100, len(data))))
        token = chance.choice(TOKENS) * chance.choice((1, 1, 1, 2, 50, 3000))
        chunk = chance.choice((b"", token, token, data[first:last] * 2, bytes([chance.randrange(256)])))
        data = data[:first] + chunk + data[chance.choice((first, last)) :]
    return data


def changed_json(text: str, chance: Random) -> str:
    """Return the JSON with a few of its values replaced, removed, doubled, or nested."""
    holder = [json.loads(text)]
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        place: Any = holder
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = chance.choice(keys)
            deeper = isinstance(place[key], (dict, list)) and place[key]
            if deeper and (place is holder or chance.random() < 0.85):
                place = place[key]
                continue
            if place is not holder:
                _change(place, key, chance)
            break
    text = json.dumps(holder[0])
    return text if chance.random() < 0.98 else text.replace("[", "[" * 5000, 1)


def _change(place: Any, key: Any, chance: Random) -> None:
    value = deepcopy(chance.choice(VALUES))
    way = chance.randrange(6)
    if way == 0:
        del place[key]
    elif way == 1 and isinstance(place, list):
        place.extend(deepcopy([place[key]] * chance.choice((1, 20))))
    elif way == 2:
        for _ in range(chance.choice((1, 30, 100))):
            value = [value]
        place[key] = value
    elif way == 3 and isinstance(place, dict):
        place[chance.choice(TEXTS)] = deepcopy(place[key])
    else:
        place[key] = value
