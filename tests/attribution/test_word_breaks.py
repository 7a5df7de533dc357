"""Word breaks in scripts without spaces, with ICU and without."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution import word_breaks as module
from speakerplug.attribution.word_breaks import in_dictionary_script, word_breaks

THAI = "สวัสดี|ครับ|วัน|นี้|อากาศ|และ|รถไฟ|ใน|กรุงเทพมหานคร|ซึ่ง|มี|คนใช้|มากมาย|ทุก|วัน"
LAO = "ສະບາຍດີ|ມື້ນີ້|ພວກ|ເຮົາ|ຈະ|ເວົ້າ|ກ່ຽວກັບ|ອາກາດ|ແລະ|ລົດໄຟ"
KHMER = "ខ្ញុំ|ចង់ទៅ|ផ្សារ|ទិញ|ត្រី|និង|បន្លែ|សម្រាប់|ធ្វើម្ហូប"
BURMESE = "မင်္ဂလာ|ပါ|ယနေ့|ရာသီဥတု|နှင့်|ရထား|အကြောင်း|ပြော|ပါ|မည်"


def divided(text: str) -> str:
    """Return the text with a bar at each break."""
    edges = [0, *word_breaks(text), len(text)]
    return "|".join(text[first:last] for first, last in pairwise(edges))


@pytest.fixture
def without_icu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the package."""
    monkeypatch.setattr(module, "_icu", lambda: None)


@pytest.mark.parametrize("text", [THAI, LAO, KHMER, BURMESE])
def test_word_breaks_with_icu_are_between_words(text: str) -> None:
    """ICU has dictionaries of Thai, Lao, Khmer and Burmese."""
    assert divided(text.replace("|", "")) == text


@pytest.mark.parametrize(
    "text",
    [
        "ก|รุ|ง|เท|พ",
        "เขา|ไป|โร|ง",
        "น้ำ",
        "ศา|ส|ตร์",
        "ກາ|ນ",
        "ມື້|ນີ້",
        "ទៅ|ផ្សា|រ",
        "မြန်|မာ",
        "မင်္ဂ|လာ|ပါ",
        "နှင့်|ရ|ထား",
    ],
)
def test_word_breaks_without_icu_are_at_clusters(without_icu: None, text: str) -> None:
    """Letters stay with their vowels and marks, subscripts and final signs."""
    assert divided(text.replace("|", "")) == text


@pytest.mark.parametrize("has_icu", [True, False])
@given(text=st.text(alphabet="กาเร์ำๆ ขខ្មាំមင်္ဂလ့ປະເີaé😀.,日\u200d\u200b", max_size=12))
def test_word_breaks_of_any_text_are_inside_it(has_icu: bool, text: str) -> None:
    """They are sorted, between two characters, never before a mark, and next to a letter of these scripts."""
    find = module._icu() if has_icu else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_icu", lambda: find)
        found = word_breaks(text)
    assert found == sorted(set(found))
    for place in found:
        assert 0 < place < len(text)
        assert not unicodedata.category(text[place]).startswith("M")
        assert in_dictionary_script(text[place - 1 : place + 1])


def test_word_breaks_of_other_text_are_none() -> None:
    """Chinese and English are divided elsewhere."""
    assert word_breaks("我们 and 东西") == []
