from __future__ import annotations

import re

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from speakerplug.formats import md
from speakerplug.formats.segments import shown_words
from speakerplug.transcript import Media, Speaker, Transcript, Word, plain, text_of
from tests.strategies import HOSTILE_NAMES, HOSTILE_TEXTS, transcripts

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
START_SIGNS = (
    "# a",
    "- a",
    "+ a",
    "> a",
    "1. a",
    "12) a",
    "===",
    "---",
    "***",
    "~~~",
    "| a | b |",
    "[a](b)",
    "![a](b)",
)


def blocks(written: str) -> list[tuple[str, str]]:
    """Return the blocks of the page, as markdown-it reads them: kind, and plain text."""
    tokens = MARKDOWN.parse(written)
    kinds = [token.tag for token in tokens if token.nesting == 1]
    inline = [token for token in tokens if token.type == "inline"]
    assert len(kinds) == len(inline)
    assert all(child.type in PLAIN for token in inline for child in token.children or [])
    texts = ["".join(child.content for child in token.children or []) for token in inline]
    return list(zip(kinds, texts, strict=True))


PLAIN = {"text", "text_special", "strong_open", "strong_close", "em_open", "em_close"}


def test_write_md_whole_file() -> None:
    """The recording's name, and over each paragraph speaker and start; unassigned words have a time alone."""
    words = (Word("Good", 1.2, 1.4, "A"), Word("morning.", 1.4, 1.9, "A"), Word("(bell)", 61.0, 61.5, None))
    transcript = Transcript(words, speakers=(Speaker("A", "Ben & Jerry"),), media=Media("my_talk.mp4", 70.0))
    assert md.write(transcript) == (
        "# my\\_talk.mp4\n\n**Ben \\& Jerry** *00:00:01*\n\nGood morning.\n\n*00:01:01*\n\n(bell)\n"
    )


@given(transcripts())
def test_write_md_is_read_back_by_markdown_it(transcript: Transcript) -> None:
    """A Markdown parser finds a heading, then names and paragraphs, letter by letter, and nothing else."""
    read = blocks(md.write(transcript))
    title = plain(transcript.media.file)
    assert [text for kind, text in read if kind != "p"] == [title] * bool(title)
    paragraphs = [text for kind, text in read if kind == "p"]
    heads, said = paragraphs[::2], paragraphs[1::2]
    shown = shown_words(transcript)
    assert " ".join(said).split() == " ".join(_runs(shown)).split()
    assert all(re.search(r"\d\d:\d\d:\d\d$", head) for head in heads)


def _runs(words: list[Word]) -> list[str]:
    """Return what each speaker says until another one speaks."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and runs[-1][-1].speaker == word.speaker:
            runs[-1].append(word)
        else:
            runs.append([word])
    return [text_of(run) for run in runs]


@pytest.mark.parametrize("text", [*HOSTILE_TEXTS, *START_SIGNS])
def test_write_md_hostile_text_is_only_text(text: str) -> None:
    """Text comes back letter by letter, as one paragraph."""
    assert blocks(md.write(Transcript((Word(text, 0.0, 1.0),)))) == [("p", "00:00:00"), ("p", plain(text))]


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, *START_SIGNS])
def test_write_md_hostile_name_is_only_a_name(name: str) -> None:
    """A name comes back on one line."""
    transcript = Transcript((Word("Hello", 0.0, 1.0, "A"),), speakers=(Speaker("A", name),))
    assert blocks(md.write(transcript))[0] == ("p", f"{plain(name) or 'A'} 00:00:00")


def test_write_md_without_words_is_empty() -> None:
    """A transcript without words and name is an empty file."""
    assert md.write(Transcript()) == ""
