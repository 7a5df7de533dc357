"""Many recordings in Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import speakerplug
from speakerplug import BatchResult, UsageError, transcribe_many
from tests.batch.scripted import ScriptedExecutor, written


def results(folder: Path, output: Path, **more: Any) -> list[BatchResult]:
    """Transcribe a folder with scripted workers."""
    return [*transcribe_many(folder, output=output, executor=ScriptedExecutor(), formats=["vtt"], **more)]


def test_transcribe_many_yields_results_and_failures(tmp_path: Path) -> None:
    """Those of an earlier call first, which are not done again."""
    folder = written(tmp_path / "in", "a.wav", "bad.wav")
    one, bad = sorted(results(folder, tmp_path / "out"), key=lambda each: each.path)
    assert (one.is_done, one.is_earlier, one.outputs) == (True, False, {"vtt": tmp_path / "out" / "a.vtt"})
    assert (bad.is_done, bad.error, bad.message) == (False, "MediaError", "It is not readable: copy it again.")
    written(folder, "c.wav")
    assert [(each.path.name, each.is_earlier) for each in results(folder, tmp_path / "out")] == [
        ("a.wav", True),
        ("bad.wav", True),
        ("c.wav", False),
    ]
    assert [each.is_earlier for each in results(folder, tmp_path / "out", retry_failed=True)] == [True, True, False]
    assert not any(each.is_earlier for each in results(folder, tmp_path / "out", redo=True))


def test_transcribe_many_has_a_transcript_only_where_json_was_asked_for(tmp_path: Path) -> None:
    """It is read when it is wanted: many are not kept in memory."""
    (one,) = results(written(tmp_path / "in", "a.wav"), tmp_path / "out")
    with pytest.raises(UsageError, match="There is no JSON of"):
        one.load()


def test_transcribe_many_with_formats_in_another_order_does_nothing_again(tmp_path: Path) -> None:
    """The order of names, or of flags, changes no result; each is found under its own name."""
    folder = written(tmp_path / "in", "a.wav")
    for formats, is_earlier in ((["vtt", "json"], False), (["json", "vtt"], True)):
        (found,) = transcribe_many(folder, output=tmp_path / "out", executor=ScriptedExecutor(), formats=formats)
        assert found.is_earlier == is_earlier
        assert found.outputs == {name: tmp_path / "out" / f"a.{name}" for name in formats}


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"model": 5}, "model is 5"),
        ({"formats": 5}, "formats is 5"),
        ({"formats": ["vtt", "vvt"]}, r"no format named 'vvt'; did you mean vtt\?"),
        ({"formats": ["vtt", "pages"]}, "no format named 'pages'; choose one of"),
        ({"formats": []}, "formats names no format"),
        ({"workers": 0}, "workers is 0; it must be at least 1"),
        ({"workers": "2"}, "workers is '2'; it must be a whole number"),
        ({"nonsense": 1}, "nonsense"),
        ({"output": "s3://key:secret@bucket/out"}, "A URL with a password"),
    ],
)
def test_transcribe_many_refuses_invalid_arguments_at_once(tmp_path: Path, about: dict[str, Any], said: str) -> None:
    """Before the first result is asked for."""
    with pytest.raises(UsageError, match=said):
        transcribe_many([tmp_path], **{"output": tmp_path / "out", **about})


def test_transcribe_many_is_public() -> None:
    """As `speakerplug.transcribe_many`."""
    assert {"transcribe_many", "BatchResult"} <= {*speakerplug.__all__}
