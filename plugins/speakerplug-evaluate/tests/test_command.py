"""`speakerplug evaluate`: tables, JSON and page of saved results and of a run, and its errors."""

from __future__ import annotations

import importlib.util
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from speakerplug.errors import ModelError
from speakerplug.testing import FakeDiarizer, FakeRecognizer, turns, words
from speakerplug_evaluate.command import evaluate
from speakerplug_evaluate.measures import MEASURES
from speakerplug_evaluate.needs import require
from tests.cli.conftest import Run, write_wav
from tests.integration.test_command_line import REAL, speakerplug

WORDS = [("hello", 0.0, "ann"), ("there", 1.0, "ann"), ("hi", 2.0, "bob"), ("ann", 3.0, "bob")]
TURNS = [(0.0, 2.0, "ann"), (2.0, 2.0, "bob")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a set of two meetings of four words by two people, the second without word times."""
    folder = tmp_path / "data"
    folder.mkdir()
    items = []
    for name, timed in (("a", "a.words.json"), ("b", None)):
        (folder / f"{name}.stm").write_text(f"{name} 1 ann 0 2 hello there\n{name} 1 bob 2 4 hi ann\n")
        rttm = [f"SPEAKER {name} 1 {start} {length} <NA> <NA> {who} <NA> <NA>\n" for start, length, who in TURNS]
        (folder / f"{name}.rttm").write_text("".join(rttm))
        write_wav(folder / f"{name}.wav", 4.0)
        item = {"id": name, "kind": "meeting", "audio": f"{name}.wav", "duration_s": 4.0, "num_speakers": 2}
        items.append({**item, "words": timed, "stm": f"{name}.stm", "rttm": f"{name}.rttm", "uem": None})
    spoken = [{"word": text, "start": start, "end": start + 1, "speaker": who} for text, start, who in WORDS]
    (folder / "a.words.json").write_text(json.dumps(spoken))
    (folder / "manifest.json").write_text(json.dumps({"set": "S", "items": items}))
    return folder


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """Results: all right for `a`; for `b`, in WhisperX's format, one word of four with the wrong speaker."""
    folder = tmp_path / "system"
    folder.mkdir()
    said = [
        {"text": t, "start": s, "end": s + 1, "speaker": f"S_{who}", "speaker_confidence": 0.9} for t, s, who in WORDS
    ]
    turns = [{"start": start, "end": start + length, "speaker": f"S_{who}"} for start, length, who in TURNS]
    (folder / "a.json").write_text(json.dumps({"words": said, "turns": turns}))
    spoken = [{"word": w["text"], "start": w["start"], "end": w["end"], "speaker": w["speaker"]} for w in said]
    spoken[1]["speaker"] = "S_bob"
    (folder / "b.json").write_text(json.dumps({"segments": [{"words": spoken}]}))
    return folder


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_saved_results_are_scored_and_pooled(
    run: Run, data: Path, system: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row for each recording, then pools whose errors and words are the sums; a copy is pooled once."""
    assert run("evaluate", data, "--system", system, "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert list(rows) == ["a", "b", "meeting", "all"]
    assert rows["a"]["measures"]["wder"] == {"errors": 0, "total": 4, "rate": 0.0, "interval": None}
    assert rows["b"]["measures"]["wder"]["rate"] == 0.25
    assert rows["all"]["measures"]["wder"] == {"errors": 1, "total": 8, "rate": 0.125, "interval": None}
    assert (rows["all"]["right"], rows["all"]["recordings"], rows["all"]["miscounted"]) == (2, 2, 0.0)
    assert rows["a"]["measures"]["der"]["errors"] == pytest.approx(0)
    assert "der" not in rows["b"]["measures"]
    assert sum(rows["b"]["classes"].values()) == 1
    assert rows["b"]["lengths"][3] == {"turns": "2 to 5 s", "errors": 1, "total": 4}
    assert rows["all"]["lengths"][3] == {"turns": "2 to 5 s", "errors": 1, "total": 8}
    assert rows["a"]["bins"][9] == {"words": 4, "right": 4, "confidences": pytest.approx(3.6)}


def test_table_on_stdout_has_percentages(
    run: Run, data: Path, system: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Percentages in columns, a dash for what was not measured, and the wrong words by class."""
    assert run("evaluate", data, "--system", system, "--items", "b") == 0
    head, rule, row, _, *rest = capsys.readouterr().out.splitlines()
    assert cells(head) == ["recording", "speakers", *MEASURES.values()]
    assert cells(row) == ["b", "2/2", "0.0", "50.0", "50.0", "25.0", "-", "-"]
    assert len({len(line) for line in (head, rule, row)}) == 1
    assert [cells(line) for line in rest if line.startswith("| in a turn")] == [
        ["in a turn of 1 or 2 words", "1 (25.0 %)"]
    ]
    assert ["2 to 5 s", "1 of 4 (25.0 %)"] in [cells(line) for line in rest if line.startswith("|")]


def test_several_systems_are_side_by_side(
    run: Run, data: Path, system: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each recording has a line for each system; the later ones are compared with the first."""
    lists = tmp_path / "other"
    lists.mkdir()
    (lists / "all.stm").write_text("".join((data / f"{name}.stm").read_text() for name in "ab"))
    assert run("evaluate", data, "--system", system, "--system", lists / "all.stm") == 0
    out = capsys.readouterr().out.splitlines()
    assert [cells(line)[:2] for line in out[2:6]] == [["a", "system"], ["a", "other"], ["b", "system"], ["b", "other"]]
    (change,) = (cells(line) for line in out if line.startswith("| other") and "| all" in line)
    assert change[5] == "-12.5"


def test_words_and_turns_can_come_from_two_files(
    run: Run, data: Path, system: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """RTTM next to JSON without turns provides the turns."""
    (system / "b.rttm").write_text((data / "b.rttm").read_text())
    assert run("evaluate", data, "--system", system, "--items", "b", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["measures"]["der"]["rate"] == 0.0
    assert row["measures"]["wder"]["rate"] == 0.25


@pytest.fixture
def recognizer() -> FakeRecognizer:
    """Return the recognizer of the recordings' words."""
    return FakeRecognizer(words(*((text, start, start + 1) for text, start, _ in WORDS)))


@pytest.fixture
def diarizer() -> FakeDiarizer:
    """Return the diarizer of the recordings' turns."""
    return FakeDiarizer(turns((0.0, 2.0, "SPEAKER_00"), (2.0, 4.0, "SPEAKER_01")))


def test_without_results_speakerplug_is_run(
    run: Run, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It transcribes the audio, saves the results with --keep, and these have the same scores."""
    kept = tmp_path / "kept"
    fakes = ("--recognizer", "fake", "--diarizer", "fake", "--device", "cpu")
    assert run("evaluate", data, *fakes, "--keep", kept, "--json") == 0
    ran = json.loads(capsys.readouterr().out)["rows"]
    assert sorted(path.name for path in kept.iterdir()) == ["a.json", "a.vtt", "b.json", "b.vtt"]
    assert [row["measures"]["wder"]["rate"] for row in ran] == [0.0] * 4
    assert all(row["seconds"] > 0 for row in ran)
    assert run("evaluate", data, "--system", kept, "--json") == 0
    again = json.loads(capsys.readouterr().out)["rows"]
    assert [row["measures"] for row in again] == [row["measures"] for row in ran]


class Page(HTMLParser):
    """A parser that lists what a page loads, and whether its tags are balanced."""

    VOID = ("meta", "br", "img", "link")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note what an opened tag loads."""
        self.links += [value or "" for name, value in attributes if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that the closed tag is the last opened one."""
        assert self.open.pop() == tag


def test_page_is_self_contained(run: Run, data: Path, system: Path, tmp_path: Path) -> None:
    """Tables and plots are in one well-formed file that loads nothing; names in it are escaped."""
    named = system.rename(tmp_path / "a<b>&c")
    assert run("evaluate", data, "--system", named, "--html", tmp_path / "new" / "page.html") == 0
    text = (tmp_path / "new" / "page.html").read_text()
    page = Page()
    page.feed(text)
    assert (page.open, page.links) == ([], [])
    assert text.count("<svg") == 2
    assert "<b>" not in text
    assert "url(" not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--items", "zz"), "There is no recording zz; there are a, b."),
        (("--system", "{data}/none"), "check the path"),
        (("--system", "{data}/a.stm"), "data has no result for b"),
        (("--system", "{data}/a.wav"), "check the path"),
        (("--system", "{data}", "--keep", "x"), "omit one of them"),
    ],
)
def test_invalid_options_are_one_sentence(
    run: Run, data: Path, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, exit code 2, nothing on stdout."""
    assert run("evaluate", data, *(argument.format(data=data) for argument in arguments)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Error: ")
    assert message in captured.err


def lists(folder: Path, *ids: str) -> Path:
    """Write an STM with right words for each id."""
    path = folder / "lists" / "all.stm"
    path.parent.mkdir()
    path.write_text("".join(f"{name} 1 ann 0 2 hello there\n{name} 1 bob 2 4 hi ann\n" for name in ids))
    return path


def test_results_whose_ids_meet_none_are_refused(
    run: Run, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They would all count as missed: one sentence names the ids of both."""
    assert run("evaluate", data, "--system", lists(tmp_path, "A", "B")) == 2
    assert "has lines of A, B, but none of a; give recordings the same ids" in capsys.readouterr().err


def test_results_without_lines_of_a_recording_are_announced(
    run: Run, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A system may find nothing in a recording; that is said, as the ids may be wrong."""
    assert run("evaluate", data, "--system", lists(tmp_path, "a", "x"), "--json") == 0
    out, err = capsys.readouterr()
    assert "all.stm has no line of b" in err
    assert [row["measures"]["wer"]["rate"] for row in json.loads(out)["rows"][:2]] == [0.0, 1.0]


def test_the_only_result_of_the_only_recording_is_scored(
    run: Run, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though its id is another one, which is said."""
    assert run("evaluate", data, "--items", "b", "--system", lists(tmp_path, "waveform"), "--json") == 0
    out, err = capsys.readouterr()
    assert "names the recording waveform, not b" in err
    assert json.loads(out)["rows"][0]["measures"]["wer"]["rate"] == 0.0


def test_a_list_named_like_a_recording_is_split_by_id(
    run: Run, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines of the others are not its own."""
    path = lists(tmp_path, "a", "b")
    assert run("evaluate", data, "--items", "a", "--system", path.rename(path.with_name("a.stm")), "--json") == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["measures"]["wer"]["rate"] == 0.0


@pytest.mark.parametrize("suffix", ["vtt", "srt", "ctm"])
def test_results_are_any_transcript_that_load_reads(
    run: Run, data: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Subtitles and word lists are read as `speakerplug convert` reads them."""
    texts = {
        "vtt": "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Ann>hello there\n\n00:02.000 --> 00:04.000\n<v Bob>hi ann\n",
        "srt": "1\n00:00:00,000 --> 00:00:02,000\nhello there\n\n2\n00:00:02,000 --> 00:00:04,000\nhi ann\n",
        "ctm": "".join(f"b 1 {start} 1 {text}\n" for text, start, _ in WORDS),
    }
    (tmp_path / f"b.{suffix}").write_text(texts[suffix])
    assert run("evaluate", data, "--items", "b", "--system", tmp_path / f"b.{suffix}", "--json") == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["measures"]["wer"]["rate"] == 0.0


@pytest.mark.parametrize("content", ["{", "{}", "[]", '{"words": 3}', '{"words": [{"text": "a", "start": "x"}]}'])
def test_damaged_result_is_named(
    run: Run, data: Path, system: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence with the file, and no traceback."""
    (system / "a.json").write_text(content)
    assert run("evaluate", data, "--system", system) == 1
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("Error: "))
    assert "a.json cannot be read as a result" in line


def test_missing_package_is_named_with_its_command(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is done."""
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "meeteval" else real(name))
    with pytest.raises(
        ModelError, match="meeteval, which is not installed; type: pip install --upgrade speakerplug-evaluate"
    ):
        require()
    assert run("evaluate", data) == 1


@pytest.mark.parametrize(
    "name", ["data/manifest.json", "data/a.stm", "data/a.wav", "data/a.words.json", "system/b.json"]
)
def test_page_over_an_input_file_is_rejected(run: Run, data: Path, system: Path, name: str) -> None:
    """Files of the set and results of a system stay as they are, also by a link; an older page is replaced."""
    path = data.parent / name
    before = path.read_bytes()
    link = data / "page.html"
    link.symlink_to(path)
    assert run("evaluate", data, "--system", system, "--html", link) == 2
    assert path.read_bytes() == before
    link.unlink()
    for _ in range(2):
        assert run("evaluate", data, "--system", system, "--html", link) == 0


def test_transcripts_over_input_files_are_rejected(run: Run, data: Path, tmp_path: Path) -> None:
    """--keep with a name that leads to the reference."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a.vtt").symlink_to(data / "a.rttm")
    before = (data / "a.rttm").read_bytes()
    options = ("--recognizer", "fake", "--diarizer", "fake", "--device", "cpu")
    assert run("evaluate", data, *options, "--keep", tmp_path / "kept") == 2
    assert (data / "a.rttm").read_bytes() == before


def test_evaluate_has_trust_model_next_to_its_diarizer() -> None:
    """As in the core's commands."""
    options = {option for parameter in evaluate.params for option in parameter.opts}
    assert {"--diarizer", "--trust-model"} <= options


@pytest.mark.models
def test_evaluate_without_a_manifest_scores_the_packaged_conversation() -> None:
    """Without a manifest, SpeakerPlug is run on the recording of pyannote.audio, and most of it is right."""
    done = speakerplug("evaluate", *REAL, "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["rows"]
    assert (row["name"], row["found"], row["true"]) == ("sample", 2, 2)
    rates = {name: measure["rate"] for name, measure in row["measures"].items()}
    assert rates["wder"] < 0.1
    assert rates["wer"] <= rates["cpwer"] < 0.3
    assert rates["der_collar"] < rates["der"] < 0.12
    assert row["seconds"] > 0


def test_evaluate_has_the_progress_of_the_other_commands(
    run: Run, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its events are about one recording after the other; the table on standard output stays what it is."""
    fakes = ("--recognizer", "fake", "--diarizer", "fake", "--device", "cpu")
    assert run("evaluate", data, *fakes, "--json", "--progress", "json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)
    events = [json.loads(line) for line in err.splitlines()]
    progress = [each for each in events if each["event"] == "progress"]
    files = list(dict.fromkeys(each["file"] for each in progress))
    assert len(files) > 1
    assert {each["file_count"] for each in progress} == {len(files)}
    assert (events[0]["event"], events[-1]["event"], events[-1]["exit_code"]) == ("start", "end", 0)
