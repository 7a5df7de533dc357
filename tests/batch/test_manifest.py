"""Lists of recordings, as NeMo writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from speakerplug.batch.found import Found, Problem
from speakerplug.batch.manifest import listed_in, name_of
from speakerplug.errors import MediaError
from speakerplug.pipeline.options import Options


def listed(folder: Path, *lines: Any) -> list[Found | Problem]:
    """Return what a list of these lines names."""
    path = folder / "list.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts), encoding="utf-8", errors="surrogateescape")
    return [*listed_in(str(path), Options())]


def test_listed_in_takes_paths_parts_and_options(tmp_path: Path) -> None:
    """Paths are relative to the list; a duration alone is that of the whole."""
    whole, part, own = listed(
        tmp_path,
        {"audio_filepath": "a/b.wav", "duration": 3.5, "text": "words of someone", "label": "infer"},
        {"audio_filepath": "/far/c.wav", "offset": 10, "duration": 2.5, "num_speakers": None},
        {"audio_filepath": "d.wav", "language": "de", "num_speakers": 2},
    )
    assert whole == Found(str(tmp_path / "a/b.wav"), "a/b.wav", {}, 3.5)
    assert part == Found("/far/c.wav", "c.wav", {"start": 10.0, "end": 12.5}, 2.5)
    assert part.key == "c.wav_10-12.5"
    assert isinstance(own, Found)
    assert own.options == {"language": "de", "num_speakers": 2}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "it is not JSON"),
        ("\udcff\udcfe", "it is not JSON"),
        ([1], "it names no recording"),
        ({"audio_filepath": " "}, "it names no recording"),
        ({"audio_filepath": "a\0b"}, "null character"),
        ({"audio_filepath": "a.wav", "duration": "long"}, "its duration is 'long'"),
        ({"audio_filepath": "a.wav", "offset": -1}, "its offset is -1"),
        ({"audio_filepath": "a.wav", "num_speakers": 0}, "it must be at least 1"),
        ({"audio_filepath": "a.wav", "model": "small"}, "model is the same for all recordings"),
    ],
)
def test_listed_in_an_invalid_line_is_a_problem_with_its_number(tmp_path: Path, line: Any, said: str) -> None:
    """The others are taken."""
    first, problem, last = listed(tmp_path, {"audio_filepath": "a.wav"}, line, {"audio_filepath": "b.wav"})
    assert isinstance(first, Found)
    assert isinstance(last, Found)
    assert isinstance(problem, Problem)
    assert problem.where.endswith("list.jsonl:2")
    assert problem.message.startswith(f"Line 2 of {tmp_path / 'list.jsonl'} cannot be used: ")
    assert said in problem.message


def test_listed_in_a_missing_list_is_an_error(tmp_path: Path) -> None:
    """There is nothing to do then."""
    with pytest.raises(MediaError, match="cannot be read"):
        next(listed_in(str(tmp_path / "none.jsonl"), Options()))


@pytest.mark.parametrize(
    ("path", "name"), [("./a//b.wav", "a/b.wav"), ("../b.wav", "b.wav"), ("/x/b.wav", "b.wav"), ("b.wav", "b.wav")]
)
def test_name_of_a_path_stays_inside_the_folder_of_results(path: str, name: str) -> None:
    """A list cannot write elsewhere."""
    assert name_of(path) == name
