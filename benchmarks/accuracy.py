"""Fills in the numbers of docs/explanation/accuracy.md: `python benchmarks/accuracy.py --help`.

Every recording is transcribed once; SpeakerPlug's rule and WhisperX's then get the same words and the same turns.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from speakerplug import Diarization, Transcriber, Transcript, Word, hookimpl, load
from speakerplug.attribution.uncertain import Limits, limits_of
from speakerplug.plugin.manager import load_plugins
from speakerplug.system.files import write_whole
from speakerplug_evaluate.drawing import bars, calibration_plot
from speakerplug_evaluate.manifest import read_set
from speakerplug_evaluate.measures import Result, evaluate
from speakerplug_evaluate.pools import differences, pools, rows, shares, widest
from speakerplug_evaluate.report import Table, changes, markdown, method, scores, turn_lengths, wrong_words
from speakerplug_evaluate.systems import saved_systems
from speakerplug_evaluate.truth import Item
from whisperx_rules import RULES, WHISPERX, outcomes, segments_of

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
PAGE = ROOT / "docs" / "explanation" / "accuracy.md"
KEEP = ROOT / ".cache" / "accuracy"
OURS = "speakerplug"
TALKS_S = 1.0


class Listener:
    """Records the words and turns that attribution gets."""

    def __init__(self) -> None:
        self.words: tuple[Word, ...] = ()
        self.diarization = Diarization()

    @hookimpl(trylast=True)
    def modify_diarization(self, diarization: Diarization) -> None:
        """Record the words after the last plugin."""
        self.diarization = diarization

    @hookimpl(trylast=True)
    def modify_words(self, words: tuple[Word, ...]) -> None:
        """Record the turns after the last plugin."""
        self.words = words

    @property
    def case(self) -> dict[str, Any]:
        """Return the same for WhisperX, whose turns are the regular ones."""
        words = [{"word": w.text, "start": w.start, "end": w.end} for w in self.words if w.start is not None]
        turns = [(turn.start, turn.end, turn.speaker) for turn in self.diarization.turns]
        return {"segments": segments_of(words), "turns": turns}


def transcribed(items: Sequence[Item], folder: Path, **options: Any) -> None:
    """Write results of SpeakerPlug and of each of WhisperX's rules to a folder, all with the same words and turns."""
    plugins, cases, listener = load_plugins(), {}, Listener()
    plugins.add("listener", listener)
    (folder / OURS).mkdir(parents=True, exist_ok=True)
    with Transcriber(plugins=plugins, **options) as transcriber:
        for item in items:
            print(item.id, flush=True)
            transcript = transcriber.transcribe(item.audio)
            transcript.save(folder / OURS / f"{item.id}.json")
            transcript.save(folder / OURS / f"{item.id}.rttm")
            cases[item.id] = listener.case
    found = outcomes(cases)
    for rule, results in found.items():
        (folder / rule).mkdir(exist_ok=True)
        for name, result in results.items():
            write_whole(folder / rule / f"{name}.json", json.dumps(result))
            # WhisperX keeps no turns; they are the same for all.
            write_whole(folder / rule / f"{name}.rttm", (folder / OURS / f"{name}.rttm").read_text(encoding="utf-8"))


def marked(transcripts: Iterable[Transcript]) -> str:
    """Return a sentence on the words that the HTML page marks."""
    wording = speaker = total = 0
    for transcript in transcripts:
        words, limits = transcript.words, limits_of(transcript.words)
        wording += sum(map(replace(limits, speaker=0.0).is_uncertain, words))
        speaker += sum(map(Limits(wording=0.0).is_uncertain, words))
        total += len(words)
    shares = f"{100 * wording / total:.1f} % for their wording and {100 * speaker / total:.1f} % for their speaker"
    return f"Of these {total} words, the [HTML page](../how-to/page.md) marks {shares}."


def speaker_counts(results: Sequence[Result]) -> Table:
    """Return a table of the speakers who talk for `TALKS_S` seconds or less, and of those found, by kind."""
    lines = [["recordings", f"talk for {TALKS_S:g} s and more", "for less", "found", "as many as talk so long"]]
    for name, members in pools(results).items():
        talk, right, less = 0, 0, 0
        for each in members:
            seconds: dict[str, float] = defaultdict(float)
            for turn in each.item.truth.turns:
                seconds[turn.speaker] += turn.end - turn.start
            long = sum(value >= TALKS_S for value in seconds.values())
            talk, less, right = talk + long, less + len(seconds) - long, right + (each.num_speakers == long)
        found = sum(each.num_speakers for each in members)
        lines.append([name, str(talk), str(less), str(found), f"{right} of {len(members)}"])
    return lines


def sections(results: Mapping[str, Sequence[Result]], made: str, marks: str) -> dict[str, str]:
    """Return the text for each place of the page."""
    ours = list(rows(OURS, results[OURS]))
    pooled = [row for name, each in results.items() for row in rows(name, each) if row.kind is None]
    changed = [each for each in differences(results) if each.measure in ("cpwer", "tcpwer", "wder")]
    errors = [markdown(table) for table in (speaker_counts(results[OURS]), wrong_words(ours), turn_lengths(ours))]
    system = (made, markdown(scores(ours)), method(ours), *errors, marks)
    tables = (scores(pooled), changes(changed), wrong_words(pooled), turn_lengths(pooled))
    rules = (f"{made}, {WHISPERX}", *map(markdown, tables))
    return {"system": "\n\n".join(system), "rules": "\n\n".join(rules)}


def pictures(results: Mapping[str, Sequence[Result]]) -> dict[str, str]:
    """Return the plots of the page, by file name."""
    broadest = widest(row for name, each in results.items() for row in rows(name, each))
    bins = broadest[OURS].bins
    drawn = {"wrong_words.svg": bars({name: shares(row) for name, row in broadest.items()})}
    return {**drawn, "calibration.svg": calibration_plot(bins)} if bins else drawn


def filled(page: str, texts: Mapping[str, str]) -> str:
    """Return the page with each text between its marks, `<!-- name -->` and `<!-- /name -->`."""
    for name, text in texts.items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not marks.search(page):
            raise ValueError(f"The page has no marks for {name}.")
        page = marks.sub(lambda found, text=text: f"{found[1]}\n{text}\n\n{found[2]}", page)  # type: ignore[misc]
    return page


def _commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() or "unknown"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Transcribe, compare with WhisperX's rules, fill in the page.")
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="as speakerplug evaluate has it")
    parser.add_argument("--model", default="tiny.en", help="recognition model [%(default)s]")
    parser.add_argument("--diarizer", default="bundled", help="name, hub id or folder [%(default)s]")
    parser.add_argument("--keep", type=Path, default=KEEP, metavar="FOLDER", help="all results [%(default)s]")
    parser.add_argument("--score-again", action="store_true", help="transcribe nothing, take what is kept")
    options = parser.parse_args(arguments)
    items = read_set(options.data)
    note = options.keep / "made.txt"
    if not options.score_again:
        command = f"python benchmarks/accuracy.py --model {options.model} --diarizer {options.diarizer}"
        made = f"{datetime.date.today()}, commit {_commit()}; `{command}`"
        transcribed(items, options.keep, model=options.model, diarizer=options.diarizer, device="cpu")
        write_whole(note, made)
    made = note.read_text(encoding="utf-8")
    folders = [options.keep / OURS, *(options.keep / rule for rule in RULES)]
    results = {system.name: evaluate(items, system) for system in saved_systems(folders, items)}
    marks = marked(load(options.keep / OURS / f"{item.id}.json") for item in items)
    texts = sections(results, made, marks)
    write_whole(PAGE, filled(PAGE.read_text(encoding="utf-8"), texts))
    for name, picture in pictures(results).items():
        write_whole(PAGE.with_name(name), picture)
    print("\n\n".join(texts.values()))


if __name__ == "__main__":
    main()
