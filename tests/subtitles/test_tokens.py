"""Tokens: what no line break divides."""

from __future__ import annotations

from itertools import pairwise

import pytest

from speakerplug.attribution import word_breaks as module
from speakerplug.attribution.text import display_width
from speakerplug.attribution.word_times import interpolated
from speakerplug.subtitles import CueRules, cues_from
from speakerplug.subtitles.tokens import cost_of_break, tokens_of
from speakerplug.transcript import Transcript, Word, text_of

THAI = "สวัสดี|ครับ|วัน|นี้|เรา|จะ|พูด|ถึง|เรื่อง|อากาศ|และ|รถไฟ|ใน|กรุงเทพมหานคร|ซึ่ง|มี|คนใช้|มากมาย|ทุก|วัน"
KHMER = "ខ្ញុំ|ចង់ទៅ|ផ្សារ|ទិញ|ត្រី|និង|បន្លែ|សម្រាប់|ធ្វើម្ហូប|នៅ|ថ្ងៃនេះ|ជាមួយ|គ្រួសារ|របស់ខ្ញុំ"
LAO = "ສະບາຍດີ|ມື້ນີ້|ພວກ|ເຮົາ|ຈະ|ເວົ້າ|ກ່ຽວກັບ|ອາກາດ|ແລະ|ລົດໄຟ|ໃນ|ນະຄອນຫຼວງວຽງຈັນ"
BURMESE = "မင်္ဂလာ|ပါ|ယနေ့|ကျွန်ုပ်|တို့|ရာသီဥတု|နှင့်|ရထား|အကြောင်း|ပြော|ပါ|မည်"


def pieces(text: str, size: int) -> list[Word]:
    """Return the text as a recognizer gives it: words of `size` characters, whatever these are."""
    parts = [text[place : place + size] for place in range(0, len(text), size)]
    return [Word(part, i * 0.1, i * 0.1 + 0.1, "A", joined=i > 0) for i, part in enumerate(parts)]


@pytest.mark.parametrize("text", [THAI, KHMER, LAO, BURMESE])
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_cues_from_text_without_spaces_break_between_words(text: str, size: int) -> None:
    """Lines begin where a word does, whether the recognizer gave letters or all as one word, and all text is shown."""
    whole = text.replace("|", "")
    words = pieces(whole, size)
    if size > 100:
        words = [Word(whole, 0.0, 9.0, "A")]
    cues = cues_from(Transcript(tuple(words)), CueRules(columns=20))
    lines = [line for cue in cues for line in cue.lines]
    assert "".join(lines) == whole
    assert max(map(display_width, lines)) <= 20
    edges = {len(text[:place].replace("|", "")) for place in range(len(text)) if text[place] == "|"}
    place = 0
    for line in lines[:-1]:
        place += len(line)
        assert place in edges


def test_cues_from_text_without_spaces_and_icu_break_between_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the dictionaries no line begins with a vowel or mark of the line before it, and all lines fit."""
    monkeypatch.setattr(module, "_icu", lambda: None)
    whole = THAI.replace("|", "")
    for words in ([Word(whole, 0.0, 9.0, "A")], interpolated([("A", whole)], 0.0, 9.0), pieces(whole, 1)):
        lines = [line for cue in cues_from(Transcript(tuple(words)), CueRules(columns=20)) for line in cue.lines]
        assert "".join(lines) == whole
        assert max(map(display_width, lines)) <= 20
        assert not any(line[0] in "ะาำๆฯ" or display_width(line[0]) == 0 or line[-1] in "เแโใไ" for line in lines)


def test_tokens_of_a_wide_word_without_spaces_share_its_time() -> None:
    """Its parts are estimated words of the same speaker, joined, and the first is joined as the word was."""
    word = Word("日本語" * 10, 1.0, 4.0, "A", confidence=0.5, joined=True)
    (tokens,) = tokens_of([word], 42)
    assert [token.text for token in tokens] == list("日本語" * 10)
    parts = [part for token in tokens for part in token.words]
    assert text_of(parts) == word.text
    assert all(part.joined and part.estimated and part.confidence == 0.5 for part in parts)
    assert (parts[0].start, parts[-1].end) == (1.0, 4.0)
    assert all(before.end == after.start for before, after in pairwise(parts))


@pytest.mark.parametrize("text", ["x" * 60, "Donaudampfschifffahrtsgesellschaftskapitänsmütze", "ก็"])
def test_tokens_of_other_words_are_the_words(text: str) -> None:
    """A word of a script with spaces is never divided, nor one that fits a line."""
    word = Word(text, 1.0, 4.0, "A")
    ((token,),) = tokens_of([word], 42)
    assert token.words == (word,)


def test_tokens_of_an_emoji_in_pieces_are_one() -> None:
    """A family of three, given by its characters, stays on one line."""
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    ((token,),) = tokens_of(pieces(family, 1), 42)
    assert token.text == family


def test_cost_of_break_at_a_space_in_thai_is_that_of_a_clause() -> None:
    """Thai has spaces between clauses only."""
    (tokens,) = tokens_of([Word("เรา", 0, 1), Word("ไป", 1, 2, joined=True), Word("แล้ว", 2, 3)], 42)
    inside, between = cost_of_break(*tokens[:2]), cost_of_break(*tokens[1:])
    assert between < inside
