# ruff: noqa: RUF001 - the letters of many scripts stand here on purpose.
"""The encoding of a text without any mark of it: UTF-8, UTF-16, or the code page that its letters and words speak for.

No library, as they need long texts: charset-normalizer reads French subtitles as cp1250. Subtitles are short, so each
language has its letters and its most frequent words here; Windows-1252 wins ties, as most such files are in it.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 30_000
"""Bytes beyond ASCII, with the words around them, that are looked at."""
_FEW_FAULTS = 0.1
"""Share of the sequences beyond ASCII that may be damaged in a text that is still UTF-8."""


@dataclass(frozen=True)
class _Language:
    """A language: encodings in which it is written, its letters beyond ASCII (or all), its frequent words."""

    encodings: tuple[str, ...]
    letters: str
    words: str
    weight: float = 1.0


_WEST, _CENTRAL = ("cp1252",), ("cp1250", "iso8859_2")
_LANGUAGES = (
    _Language(_WEST, "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿœß", "", 0.85),  # several of the following in one file
    _Language(_WEST, "", "the a is it and you to of in that i it's don't i'm what we"),
    _Language(_WEST, "àâçéèêëîïôœùûüÿ", "le la les de des un une et est pas que je vous il ne à ça c'est"),
    _Language(_WEST, "äöüß", "der die das und ist nicht ich du es ein zu sie für"),
    _Language(_WEST, "áéíóúñü", "de la que el en y no los un una por con qué está sí"),
    _Language(_WEST, "áâãàçéêíóôõú", "de que não o a um uma é para com se eu você está"),
    _Language(_WEST, "àèéìíòóù", "di che non è la il un una per sono mi perché"),
    _Language(_WEST, "åäö", "och att det är jag en inte du som på"),
    _Language(_WEST, "åæøéóò", "og at det er jeg en ikke du som på"),
    _Language(_WEST, "äöåšž", "ja on ei että se en mitä minä hän"),
    _Language(_WEST, "áðéíóúýþæö", "og að er það ekki ég þú við"),
    _Language(_WEST, "ëïéèöüó", "de het een en is niet ik je van dat"),
    _Language(_WEST, "àçèéíïòóúü·", "de la que el no i un és per amb això"),
    _Language(
        _CENTRAL,
        "ąćęłńóśźż",
        "nie to się w na i z że jest do jak co tak już za bardzo proszę dziękuję cześć dobrze wiem mam",
    ),
    _Language(
        _CENTRAL, "áčďéěíňóřšťúůýž", "a je to se na že v ne co jsem jak ale si děkuji prosím dobře jo ano není bych tě"
    ),
    _Language(
        _CENTRAL, "áäčďéíĺľňóôŕšťúýž", "a je to sa na že v nie čo som ako ale si ďakujem prosím dobre áno nechcem"
    ),
    _Language(_CENTRAL, "áéíóöőúüű", "a az és nem hogy egy van ez meg de is mi köszönöm igen jó csak kérem"),
    _Language(_CENTRAL, "čćđšž", "je da se u i na ne što sam to za kako hvala molim dobro ja ti nije"),
    _Language(_CENTRAL, "ăâîşţșț", "de și şi nu este să sa că ca un o pe ce în mulţumesc bine da eu îmi"),
    _Language(_CENTRAL, "áâăäąćçčďđéęěëíîľĺłńňóôőöŕřśšşșťţțúůüűýźžż", "", 0.85),
    _Language(("cp1254",), "çğıöşüâî", "bir ve bu da ne için çok ben değil var mi"),
    _Language(("cp1257",), "ąčęėįšųūžāēģīķļņõäöü", "ir tai ne kad yra ka un es nav ja on et"),
    _Language(
        ("cp1251", "koi8_r"),
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґђјљњћџѓќѕ",
        "и в не на я что он да это как а мы",
    ),
    _Language(("cp1253",), "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ", "και το να η ο δεν είναι με τι θα"),
    _Language(("cp1255",), "אבגדהוזחטיךכלםמןנסעףפץצקרשת", "את לא זה אני של על הוא מה"),
    _Language(("cp1256",), "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئةىپچژگک", "من في لا أن ما هذا على أنا"),
)
_JAPANESE = "のにはをたがでとしれさあいうんてなまかっもこるらよすくそりどだねゃょじみ日本人私何今一大事言行見出来"
_ASIAN = {
    "cp932": _JAPANESE,
    "gb18030": "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "好吗什么没想知道天看去起还很吧她啊样都把谢请再见让",
    "big5": "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡"
    "好嗎什麼沒想知道天看去起還很吧她啊樣都把謝請再見讓",
    "cp949": "이다는을의가에고나지하아그도한사로어있거자기인니안내리해대요라들게서네마무시일만야말으우스것수너"
    "여세보과전",
    "euc_jp": _JAPANESE,
}
"""The most frequent characters by encoding: half of those in any text."""
_USUAL = {
    "cp932": range(0x88, 0x98),
    "euc_jp": range(0xB0, 0xD0),
    "gb18030": range(0xB0, 0xD8),
    "big5": range(0xA4, 0xC7),
    "cp949": range(0xB0, 0xC9),
}
"""The first bytes of what is taught at school."""
_THAI = re.compile("[ก-๙]+")
_THAI_SYLLABLES = re.compile("(?:[เ-ไ]?[ก-ฮ][ัิ-ฺ็-๎]*[ะาำๅ]{0,2}|[ๆฯ๐-๙])+")
"""Where vowels and tones stand at a consonant: hardly so in any other text that is read as Thai."""
_THAI_USUAL = frozenset("กขคงจชดตทนบปผพมยรลวสหอ")
_PLAIN = frozenset("«»–—…‘’“”„‚¿¡°€£§©®™ºª½¼¾•·¨´†¶\xa0♪")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_INSIDE = re.compile(r"(?<=[^\W\d_])[^\w\s\x00-\x7f’»”…–—]+(?=[^\W\d_])")
"""Signs within a word, where no language has any."""
_RUN = re.compile(r"[^\x00-\x7f«»–—…‘’“”„‚]{3,}")
"""More letters beyond ASCII in a row than languages in Latin letters have."""


def unicode_of(data: bytes) -> str | None:
    """Return the Unicode encoding of the beginning of a file by its byte order mark or its zeros; None without."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    head = data[: 4096 // 2 * 2]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 8 > len(head) and min(even, odd) * 8 < max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def encoding_of(data: bytes) -> str:
    """Return the name of the encoding of a text."""
    encoding = unicode_of(data)
    if encoding is not None:
        return encoding
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-8" if _is_damaged_utf8(data) else _best_code_page(data)
    return "utf-8"


def is_encoding(name: str) -> bool:
    """Return whether Python knows an encoding of text by this name."""
    try:
        return "a".encode(name) != b""
    except (LookupError, ValueError):
        return False


def _is_damaged_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    faults = text.count("\ufffd")
    return faults < _FEW_FAULTS * sum(char > "\x7f" for char in text)


def _best_code_page(data: bytes) -> str:
    """Return the encoding in which the lines beyond ASCII look most like a language; Windows-1252 in doubt."""
    sample = b"\n".join(_lines_beyond_ascii(data))
    best, highest = "cp1252", 0.0
    for language in _LANGUAGES:
        for encoding in language.encodings:
            score = _score(sample, encoding, language)
            if score > highest + 1e-9:
                best, highest = encoding, score
    for encoding, frequent in _ASIAN.items():
        score = _asian_score(sample, encoding, frequent)
        if score > highest + 1e-9:
            best, highest = encoding, score
    return "cp874" if _thai_score(sample) > highest + 1e-9 else best


def _lines_beyond_ascii(data: bytes) -> list[bytes]:
    lines, size = [], 0
    for line in data.splitlines():
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size > SAMPLE:
                break
    return lines


def _score(sample: bytes, encoding: str, language: _Language) -> float:
    """Return the share of letters beyond ASCII that the language has, and a little more for its frequent words."""
    text = sample.decode(encoding, "replace")
    own, frequent = frozenset(language.letters), frozenset(language.words.split())
    is_latin = encoding in ("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257")
    right = wrong = common = total = 0
    for word in _WORD.findall(text):
        total += 1
        common += word.lower() in frequent
        is_cased = word[1:] in (word[1:].lower(), word[1:].upper())
        beyond = [char for char in (word.lower() if is_cased else word) if char > "\x7f" and char.isalpha()]
        is_mixed = not is_latin and (not is_cased or len(beyond) < len(word.rstrip("'’")))
        fits = 0 if is_mixed else sum(char in own for char in beyond)
        right, wrong = right + fits, wrong + len(beyond) - fits
    wrong += sum(char > "\x7f" and not char.isalpha() and char not in _PLAIN for char in text)
    wrong += len(_INSIDE.findall(text)) + (sum(map(len, _RUN.findall(text))) if is_latin else 0)
    letters = right / (right + wrong) if right + wrong else 1.0
    return language.weight * letters * (1 + 0.5 * common / (total or 1))


def _asian_score(sample: bytes, encoding: str, frequent: str) -> float:
    """Return the share of characters beyond ASCII that are frequent, as about half of all are, or at least usual."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    wide = [char for char in text if char > "\x7f" and char.isalpha() and not "\uff61" <= char <= "\uff9f"]
    if not wide:
        return 0.0
    known, usual = frozenset(frequent), _USUAL[encoding]
    common = sum(char in known or ("\u3041" <= char <= "\u30fa" and known >= {"の"}) for char in wide)
    leads = (char.encode(encoding)[0] for char in wide)
    return min(1.5, (2.5 * common + 0.6 * sum(lead in usual for lead in leads)) / len(wide))


def _thai_score(sample: bytes) -> float:
    """Return the share of characters beyond ASCII in well-formed Thai, by how usual its consonants are."""
    text = sample.decode("cp874", "replace")
    runs = [run for run in _THAI.findall(text) if len(run) > 1 and _THAI_SYLLABLES.fullmatch(run)]
    letters = [char for run in runs for char in run]
    consonants = [char for char in letters if "ก" <= char <= "ฮ"]
    usual = sum(char in _THAI_USUAL for char in consonants) / (len(consonants) or 1)
    return 1.5 * usual * len(letters) / (sum(char > "\x7f" for char in text) or 1)
