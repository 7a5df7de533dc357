"""Words that nobody said: the beginning of open recordings, and then a minute in which nobody speaks.

`python benchmarks/invented_words.py` counts the words that are recognized in silence, noise, music, applause and the
like, made by script with fixed seeds: by faster-whisper as it is, by it with its voice activity detection, and by
SpeakerPlug. It fills in the table in docs/explanation/accuracy.md.
"""

from __future__ import annotations

import argparse
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from accuracy import DATA, PAGE, filled
from loops import is_loop, repeated
from recognition_accuracy import systems
from speakerplug import Word, read_waveform
from speakerplug.media.waveform import SAMPLE_RATE
from speakerplug.system.files import write_whole
from speakerplug_evaluate.manifest import read_set
from speakerplug_evaluate.report import Table, markdown
from speakerplug_evaluate.truth import Item

Samples = NDArray[np.float64]
QUIET_S = 60.0
"""Seconds without speech."""
SPEECH_S = 20.0
"""Seconds of a recording before them."""
EDGE_S = 0.5
"""A word that begins so soon after the speech may be its last one."""
SEED = 20
KINDS = ("stitched-conversation", "real-call")
MOST_SHOWN = 60
"""Letters of what was invented that are shown."""


def noises(random: np.random.Generator) -> Iterator[tuple[str, Samples]]:
    """Yield a minute of audio of each kind, by name, full scale at 1."""
    length = int(QUIET_S * SAMPLE_RATE)
    time, white = np.arange(length) / SAMPLE_RATE, random.standard_normal(length)
    pink = sosfilt(butter(1, 200, fs=SAMPLE_RATE, output="sos"), white) * 3
    yield "digital silence", np.zeros(length)
    yield "a silent room, -70 dB", 10 ** (-70 / 20) * pink
    yield "a ventilator, -40 dB", 10 ** (-40 / 20) * pink
    yield "white noise, -20 dB", 0.1 * white
    yield "hum at 50 Hz", 0.05 * overtones(50 * time, 5, 1)
    yield "a telephone that rings", 0.2 * np.sin(2 * np.pi * 425 * time) * (time % 5 < 1)
    yield "music: chords and a melody", 0.3 * music(time, random)
    yield "drums", 0.5 * struck(time, 0.25, 60, white)
    yield "applause", 0.2 * applause(length, random)
    yield "a keyboard", 0.1 * struck(time, 0.17, 200, white)


def music(time: Samples, random: np.random.Generator) -> Samples:
    """Return chords of four notes with overtones, and a note of a melody each quarter of a second."""
    found = np.zeros(len(time))
    for bar in range(int(QUIET_S // 2)):
        for note in 220 * 2 ** ((random.choice([0, 5, 7, 9]) + np.array([0, 4, 7, 12])) / 12):
            found += _note(time, bar * 2.0, 2.0, note) / 4
        for beat in range(8):
            found += _note(time, bar * 2 + beat / 4, 0.3, 440 * 2 ** (random.choice([0, 2, 4, 5, 7, 9, 11]) / 12)) / 2
    return found


def _note(time: Samples, start: float, length_s: float, hertz: float) -> Samples:
    inside = (time >= start) & (time < start + length_s)
    since = np.where(inside, time - start, 0.0)
    tone: Samples = inside * np.exp(-3 * since) * overtones(hertz * since, 4, 2)
    return tone


def overtones(periods: Samples, number: int, power: int) -> Samples:
    """Return a tone and its overtones, which are softer by a power of their number."""
    order = np.arange(1, number + 1)[:, None]
    found: Samples = (np.sin(2 * np.pi * order * periods) / order**power).sum(axis=0)
    return found


def struck(time: Samples, each_s: float, decay: float, noise: Samples) -> Samples:
    """Return bursts of noise that decay, one each `each_s` seconds."""
    return np.exp(-decay * (time % each_s)) * noise


def applause(length: int, random: np.random.Generator) -> Samples:
    """Return the claps of many hands."""
    claps = np.zeros(length)
    claps[random.integers(0, length, int(80 * QUIET_S))] = random.uniform(0.3, 1, int(80 * QUIET_S))
    clap = random.standard_normal(SAMPLE_RATE // 50) * np.exp(-np.arange(SAMPLE_RATE // 50) / (0.004 * SAMPLE_RATE))
    filtered: Samples = sosfilt(butter(2, [500, 4000], "band", fs=SAMPLE_RATE, output="sos"), np.convolve(claps, clap))
    return filtered[:length] * 2


def invented(words: Sequence[Word]) -> list[str]:
    """Return the words after the speech."""
    return [word.text for word in words if (word.start or 0.0) > SPEECH_S + EDGE_S]


def shown(texts: Sequence[str]) -> str:
    """Return the longest of some invented texts, shortened; a loop as what repeats itself."""
    longest = max(texts, key=len)
    if not longest:
        return ""
    text = repeated(longest) if is_loop(longest) else f'"{longest}"'
    return text if len(text) <= MOST_SHOWN else f'{text[:MOST_SHOWN]} ..."'


def prepared(items: Sequence[Item], folder: Path) -> dict[str, list[Item]]:
    """Write the beginning of each recording with a minute of each kind after it; return the new ones by kind."""
    found: dict[str, list[Item]] = {}
    for item in items:
        speech = read_waveform(item.audio).samples[: int(SPEECH_S * SAMPLE_RATE)]
        for kind, noise in noises(np.random.default_rng(SEED)):
            path = folder / f"{len(found)}-{item.id}.wav"
            samples = np.clip(np.concatenate([speech, noise]), -1, 1)
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
                file.writeframes((samples * 32767).astype("<i2").tobytes())
            found.setdefault(kind, []).append(replace(item, audio=path))
    return found


def table(texts: dict[tuple[str, str], dict[str, list[str]]]) -> Table:
    """Return the number of words that each system with each model invents, and an example by kind of audio."""
    lines = [["model", "after speech", *dict.fromkeys(system for _, system in texts), "for example"]]
    for model in dict.fromkeys(model for model, _ in texts):
        by_system = [kinds for (name, _), kinds in texts.items() if name == model]
        for kind in by_system[0]:
            numbers = [str(sum(len(text.split()) for text in kinds[kind])) for kinds in by_system]
            lines.append([model, kind, *numbers, shown([text for kinds in by_system for text in kinds[kind]])])
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="open recordings [%(default)s]")
    parser.add_argument("--model", nargs="+", default=["tiny.en"], help="names or folders [tiny.en]")
    options = parser.parse_args(arguments)
    items = [item for item in read_set(options.data) if item.truth.words and item.kind in KINDS]
    texts = {}
    with tempfile.TemporaryDirectory() as folder:
        files = prepared(items, Path(folder))
        for model in options.model:
            for system, recognize in systems(model, without_vad=True):
                print(Path(model).name, system, flush=True)
                texts[Path(model).name, system] = {
                    kind: [" ".join(invented(recognize(item))) for item in items] for kind, items in files.items()
                }
    text = f"`python benchmarks/invented_words.py --model {' '.join(options.model)}`\n\n{markdown(table(texts))}"
    write_whole(PAGE, filled(PAGE.read_text(encoding="utf-8"), {"invented": text}))
    print(text)


if __name__ == "__main__":
    main()
