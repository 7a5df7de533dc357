from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from accuracy import filled
from speakerplug import Turn, Word
from speakerplug_evaluate.truth import Truth
from speed import PAGE, Worker, main, scored
from speed_contenders import CONTENDERS, cpu_s, peak_bytes
from speed_tables import DIARIZERS, NAMES, growth_plot, length, sections


def result(contender: str, minutes: float, *walls: float, **more: object) -> dict[str, object]:
    runs = [
        {"wall_s": wall, "cpu_s": 2 * wall, "peak_bytes": 10**9, "steps": {"total": wall, "diarization": wall / 2}}
        for wall in walls
    ]
    given = {"words": 9, "speakers": 2, "measures": {"der": 0.125}, "missing": None}
    return {"contender": contender, "minutes": minutes, "runs": runs, **given, **more}


def document(*results: dict[str, object]) -> dict[str, object]:
    return {"made": "today, somewhere", "cold": "script wall", "results": list(results)}


def test_sections_of_some_results_fill_the_page() -> None:
    """Each table has its place on the page."""
    page = PAGE.read_text(encoding="utf-8")
    texts = sections(document())
    assert "today, somewhere" in filled(page, texts)


def test_row_has_medians_and_the_ratio_to_the_batched_pipeline() -> None:
    """The ratio is that of the medians; a measure that an answer has not is left empty."""
    text = sections(document(result("faster-whisper", 1, 4.0), result("speakerplug", 1, 5.0, 6.0, 70.0)))["speed"]
    assert "| SpeakerPlug | 6.0 | 1.50 | 12.0 | 1000 | 9 | 2 |  | 12.5 |  |" in text
    assert "medians of 3 runs" in text


def test_missing_contender_is_left_out_with_its_reason() -> None:
    """It has no row; the reason is said once."""
    results = [result("whisperx", minutes, missing="no index", measures={}) for minutes in (1, 10)]
    text = sections(document(result("faster-whisper", 1, 4.0), *results))["speed"]
    assert text.count("WhisperX was left out: no index") == 1
    assert "| WhisperX |" not in text


def test_diarization_of_a_whole_job_is_its_step() -> None:
    """pyannote is timed by its step, senko by its whole run, and both are compared with SpeakerPlug's."""
    ours, senko = (result(name, 1, wall, words=None) for name, wall in (("speakerplug-turns", 2.0), ("senko", 3.0)))
    text = sections(document(ours, senko, result("stock", 1, 40.0)))["diarization"]
    assert "| 1 minute | pyannote | 20.0 | 10.00 |" in text
    assert "| 1 minute | senko | 3.0 | 1.50 |" in text


def test_profile_has_the_steps_and_their_share() -> None:
    """Of the recording that was run most often."""
    runs = [{"wall_s": 4.0, "cpu_s": 4.0, "peak_bytes": 1, "steps": {"total": 4.0, "recognition": 3.0, "tiny": 0.001}}]
    text = sections(document(result("speakerplug", 10, runs=runs)))["profile"]
    assert "| recognition | 3.00 | 75 % |" in text
    assert "tiny" not in text


@pytest.mark.parametrize("lengths", [(), (1.0,), (1.0, 10.0, 1440.0)])
def test_growth_plot_is_a_picture(lengths: tuple[float, ...]) -> None:
    """With a dot for each length, however few there are."""
    picture = growth_plot(document(*(result("speakerplug", each, each) for each in lengths)))
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert picture.count("<circle") == len(lengths)


def test_length_in_words() -> None:
    """Minutes below an hour, else hours."""
    assert [length(minutes) for minutes in (0.5, 1, 10, 60, 240)] == [
        "0.5 minutes",
        "1 minute",
        "10 minutes",
        "1 hour",
        "4 hours",
    ]


def test_every_contender_has_a_table() -> None:
    """None is measured in vain."""
    assert set(CONTENDERS) == {*NAMES, *DIARIZERS}


def test_scored_answer_has_the_measures_that_it_allows() -> None:
    """Words without speakers have no WDER, an answer without turns no DER, and long transcripts are not aligned."""
    words = tuple(
        Word(text, n, n + 0.5, who) for n, (text, who) in enumerate((("one", "A"), ("cat", "A"), ("sat", "B")))
    )
    truth = Truth(words, (Turn(0, 2, "A"), Turn(2, 3, "B")), (0.0, 3.0))
    said = [[w.text, w.start, w.end, "X"] for w in words]
    turns = [[0.0, 3.0, "X"]]
    found = scored({"words": said, "turns": turns}, truth, 1)
    assert found == {"der": pytest.approx(1 / 3), "der_collar": pytest.approx(0.5 / 2), "wder": pytest.approx(1 / 3)}
    assert scored({"words": said, "turns": None}, truth, 1440) == {}
    assert scored({"words": [[*word[:3], None] for word in said], "turns": None}, truth, 1) == {}


def test_own_usage_is_measured() -> None:
    """This process has used time and more memory than a small interpreter."""
    assert cpu_s() > 0
    assert peak_bytes() > 10_000_000


def test_contender_that_cannot_be_loaded_gives_its_reason(tmp_path: Path) -> None:
    """The last line of what it printed is the reason."""
    with pytest.raises(RuntimeError, match="KeyError: 'nobody'"):
        Worker("nobody", Path(sys.executable), 1, tmp_path / "log", tmp_path / "warm.wav")


def test_missing_data_is_one_sentence(tmp_path: Path) -> None:
    """It names the option."""
    with pytest.raises(SystemExit, match=r"no manifest\.json; name the folder of the open recordings with --data"):
        main(["--data", str(tmp_path)])
