from __future__ import annotations

import json
from pathlib import Path

import pytest

from accuracy import main

WORDS = [("hello", 0.0, "ann"), ("there", 1.0, "ann"), ("hi", 2.0, "bob"), ("ann", 3.0, "bob")]
TURNS = [(0.0, 2.0, "ann"), (2.0, 2.0, "bob")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A set of two recordings of four words by two people, the second an AMI meeting without word times."""
    folder = tmp_path / "data"
    folder.mkdir()
    items = []
    for name, kind, words in (("a", "stitched-conversation", "a.words.json"), ("b", "real-meeting", None)):
        (folder / f"{name}.stm").write_text(f"{name} 1 ann 0 2 hello there\n{name} 1 bob 2 4 hi ann\n")
        rttm = [f"SPEAKER {name} 1 {start} {length} <NA> <NA> {who} <NA> <NA>\n" for start, length, who in TURNS]
        (folder / f"{name}.rttm").write_text("".join(rttm))
        item = {"id": name, "kind": kind, "audio": f"{name}.wav", "duration_s": 4.0, "num_speakers": 2, "words": words}
        items.append({**item, "stm": f"{name}.stm", "rttm": f"{name}.rttm", "uem": None})
    timed = [{"word": text, "start": start, "end": start + 1, "speaker": who} for text, start, who in WORDS]
    (folder / "a.words.json").write_text(json.dumps(timed))
    (folder / "manifest.json").write_text(json.dumps({"set": "S", "items": items}))
    return folder


@pytest.fixture
def systems(tmp_path: Path) -> Path:
    """Answers: all right for `a`; for `b`, in WhisperX's form, one word of four with the wrong speaker."""
    folder = tmp_path / "systems"
    folder.mkdir()
    words = [{"text": text, "start": start, "end": start + 1, "speaker": f"S_{who}"} for text, start, who in WORDS]
    turns = [{"start": start, "end": start + length, "speaker": f"S_{who}"} for start, length, who in TURNS]
    (folder / "a.json").write_text(json.dumps({"words": words, "turns": turns}))
    spoken = [{"word": w["text"], "start": w["start"], "end": w["end"], "speaker": w["speaker"]} for w in words]
    spoken[1]["speaker"] = "S_bob"
    (folder / "b.json").write_text(json.dumps({"segments": [{"words": spoken}]}))
    return folder


def test_saved_answers_are_scored_and_pooled(data: Path, systems: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row for each recording, then pools whose errors and words are the sums of theirs."""
    main(["--data", str(data), "--systems", str(systems), "--json"])
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(rows) == ["a", "b", "stitched conversations", "AMI", "all"]
    assert rows["a"]["scores"]["wder"] == {"errors": 0, "total": 4}
    assert rows["b"]["scores"]["wder"] == {"errors": 1, "total": 4}
    assert rows["all"]["scores"]["wder"] == {"errors": 1, "total": 8}
    assert rows["all"]["speakers"] == "2 of 2 right"
    assert rows["a"]["scores"]["der"]["errors"] == pytest.approx(0)
    assert rows["b"]["scores"]["der"] is None


def test_table_has_a_line_for_each_row(data: Path, systems: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People get percentages in columns; what was not measured is a dash."""
    main(["--data", str(data), "--systems", str(systems), "--items", "b"])
    head, rule, row, *pools = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "b", "real-meeting", "2/2", "0.0", "25.0", "50.0", "-", "-", "-", "-"
    ]  # fmt: skip
    assert [pool.split("|")[1].strip() for pool in pools] == ["AMI", "all"]
    assert len({len(line) for line in (head, rule, row, *pools)}) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--items", "zz"], "not in the manifest: zz"), (["--systems", "."], "no JSON for a, b")],
)
def test_wrong_options_are_named(
    data: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown recording or a missing answer ends the command with one line that says which."""
    with pytest.raises(SystemExit, match="2"):
        main(["--data", str(data), *options])
    assert message in capsys.readouterr().err
