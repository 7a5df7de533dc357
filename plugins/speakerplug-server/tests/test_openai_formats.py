"""Names in OpenAI's formats."""

from __future__ import annotations

import pytest

from speakerplug.plugin import Speaker, Transcript, Word
from speakerplug_server.openai_formats import language_name, letters, with_letters


@pytest.mark.parametrize(("number", "text"), [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")])
def test_letters_go_on_after_z(number: int, text: str) -> None:
    """As columns of a table."""
    assert letters(number) == text


def test_known_names_stay_and_others_become_letters() -> None:
    """In the order in which they speak."""
    said = tuple(Word("a", float(start), start + 1.0, who) for start, who in enumerate("210"))
    speakers = (Speaker("0", "0"), Speaker("1", "Ann"), Speaker("2", "2"))
    found = with_letters(Transcript(said, speakers=speakers))
    assert [found.name_of(word.speaker) for word in found.words] == ["A", "Ann", "B"]


@pytest.mark.parametrize(("code", "name"), [("en", "english"), ("de", "german"), ("zh", "chinese"), (None, "")])
def test_language_is_named_in_english(code: str | None, name: str) -> None:
    """In lower case, as OpenAI does."""
    assert language_name(code) == name
