"""How well subtitles keep published rules, ours and WhisperX's: `python benchmarks/subtitles.py --help`.

Every recording is transcribed once. All files are written, read back by `speakerplug check`, and measured.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from cue_measures import Pool, rules_table
from speakerplug import Transcriber, Transcript, Word, load
from speakerplug.formats.load import load_cues
from speakerplug.subtitles import PROFILES, cues_from
from speakerplug.transcript import Speaker
from speakerplug_evaluate.manifest import read_set
from whisperx_rules import CACHE, WHISPERX, segments_of
from whisperx_subtitles import subtitles

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
KEEP = ROOT / ".cache" / "subtitles"
FORMATS = ("vtt", "srt", "ass")
NAMES = ("Ana", "Ben", "Mia", "Leo", "Zoe", "Tom", "Eva", "Max")


def transcripts(data: Path, keep: Path, **options: Any) -> dict[str, Transcript]:
    """Return the transcripts by recording, from `keep` or made and kept there, of the recordings in `data`."""
    keep.mkdir(parents=True, exist_ok=True)
    items = [item for item in read_set(data) if item.audio.exists()]
    missing = [item for item in items if not (keep / f"{item.id}.json").exists()]
    if missing:
        with Transcriber(**options) as transcriber:
            for item in missing:
                transcriber.transcribe(item.audio).save(keep / f"{item.id}.json")
    return {item.id: load(keep / f"{item.id}.json") for item in items}


def true_words(data: Path) -> dict[str, dict[str, Transcript]]:
    """Return the true words and speakers by kind and recording: more and faster words than a small model recognizes."""
    found: dict[str, dict[str, Transcript]] = {}
    for item in read_set(data):
        words = tuple(sorted((word for word in item.truth.words if word.start is not None), key=lambda w: w.start or 0))
        if words:
            speakers = tuple(Speaker(name, name) for name in dict.fromkeys(word.speaker or "" for word in words))
            kind = "AMI" if item.id.startswith("ami") else "others"
            found.setdefault(kind, {})[item.id] = Transcript(words, speakers=speakers)
    return found


def named(transcript: Transcript) -> Transcript:
    """Return the transcript with short names for its speakers."""
    return transcript.renamed({speaker.id: name for speaker, name in zip(transcript.speakers, NAMES, strict=False)})


def ours(every: Mapping[str, Transcript], folder: Path, profile: str, formats: Sequence[str]) -> dict[str, Pool]:
    """Write our own files, and return their measures by format."""
    pools = {format: Pool() for format in formats}
    rules = PROFILES[profile]
    for name, transcript in every.items():
        for format, pool in pools.items():
            path = transcript.save(folder / f"{name}.{profile}.{format}", rules=rules)
            own = {"srt": rules.for_srt, "ass": rules.for_ass}.get(format, rules)
            said = [cue.words for cue in cues_from(transcript, own)]
            pool.add(path, rules.for_srt if format == "srt" else rules, said)
    return pools


def whisperx(every: Mapping[str, Transcript], folder: Path, cache: Path) -> dict[str, Pool]:
    """Write WhisperX's files of the same words and turns, and return their measures by setting and format."""
    cases = {}
    for name, transcript in every.items():
        words = [{"word": word.text, "start": word.start, "end": word.end} for word in transcript.words]
        turns = [(turn.start, turn.end, turn.speaker) for turn in transcript.turns]
        cases[name] = {"segments": segments_of(words), "turns": turns}
    pools = {}
    for number, (setting, formats) in enumerate(subtitles(cases, cache).items()):
        for format, texts in formats.items():
            pool = pools[f"{setting}, {format}"] = Pool()
            for name, text in texts.items():
                path = folder / f"{name}.whisperx{number}.{format}"
                path.write_text(text, encoding="utf-8")
                pool.add(path, PROFILES["netflix"], taken(path, every[name]))
    return pools


def taken(path: Path, transcript: Transcript) -> list[list[Word]]:
    """Return the words of each cue of WhisperX, in their order."""
    words = iter(transcript.words)
    texts = (re.sub(r"^\[[^\]]+\]: ", "", "\n".join(cue.lines)) for cue in load_cues(path))
    return [list(islice(words, len(text.split()))) for text in texts]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Measure our subtitles and WhisperX's against published rules.")
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="as speakerplug evaluate has it")
    parser.add_argument("--keep", type=Path, default=KEEP, metavar="FOLDER", help="transcripts and files [%(default)s]")
    parser.add_argument("--whisperx", type=Path, default=CACHE, metavar="FOLDER", help="its package [%(default)s]")
    parser.add_argument("--names", action="store_true", help="call the speakers Ana, Ben, ... and not SPEAKER_00, ...")
    parser.add_argument("--model", default="tiny.en", help="recognition model [%(default)s]")
    parser.add_argument("--diarizer", default="bundled", help="name, hub id or folder [%(default)s]")
    options = parser.parse_args(arguments)
    every = transcripts(options.data, options.keep, model=options.model, diarizer=options.diarizer, device="cpu")
    if options.names:
        every = {name: named(transcript) for name, transcript in every.items()}
    folder = options.keep / "files"
    folder.mkdir(exist_ok=True)
    netflix = {f"ours, {format}": pool for format, pool in ours(every, folder, "netflix", FORMATS).items()}
    theirs = whisperx(every, folder, options.whisperx)
    others = {
        f"{name}, {format}": pool
        for name in PROFILES
        if name != "netflix"
        for format, pool in ours(every, folder, name, ("vtt", "srt")).items()
    }
    said = {
        f"{kind}, {format}": pool
        for kind, each in true_words(options.data).items()
        for format, pool in ours(each, folder, "netflix", FORMATS).items()
    }
    words = sum(len(transcript.words) for transcript in every.values())
    print(f"{len(every)} recordings, {words} words; {WHISPERX}\n")
    for table in (rules_table({**netflix, **theirs}), rules_table(others), rules_table(said)):
        print("\n".join(table), end="\n\n")


if __name__ == "__main__":
    main()
