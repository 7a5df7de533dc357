"""Names in the text of kept cues, and in WebVTT voices around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...subtitles.cue_speakers import CueSpeakers, Run
from ...subtitles.labels import Labels
from ..spoken_labels import after_dash
from .units import Unit, divided


def labels_of(cues: Sequence[CueSpeakers], names: Labels, has_voices: bool = False) -> list[Mapping[int, str]]:
    """Return the labels of each cue, by their positions in its text: before a line, but after its dash.

    A cue whose lines several speak has one for each of them, and one that `has_voices` for each voice; otherwise it is
    the one who says most.
    """
    found: list[Mapping[int, str]] = []
    last: str | None = None
    for cue in cues:
        is_divided = cue.by_line or (has_voices and len(cue.speakers) > 1)
        runs = cue.runs if is_divided else cue.runs[:1]
        speakers = [run.speaker for run in runs] if is_divided else [cue.main]
        shows = is_divided or names.mode == "always" or cue.main != last
        places = [max(after_dash(cue.text, run.start), run.start) for run in runs]
        labels = {place: names.of(who) for place, who in zip(places, speakers, strict=False)}
        found.append({place: label for place, label in labels.items() if label and shows})
        last = speakers[-1]
    return found


def labeled(units: Sequence[Unit], labels: Mapping[int, str]) -> list[Unit]:
    """Return the units with labels: not inside the markup that begins there, and without changing positions."""
    made: list[Unit] = []
    waiting = sorted(labels.items(), reverse=True)
    done = 0
    for unit in divided(units, labels):
        if waiting and done >= waiting[-1][0] and not unit.closes and not unit.is_placing:
            made.append(Unit(waiting.pop()[1]))
        made.append(unit)
        done += len(unit.shows)
    return made


def voiced(units: Sequence[Unit], runs: Sequence[Run], voices: Mapping[str, tuple[str, str]]) -> str:
    """Return the text of WebVTT with a voice for each run: what `voices` have for its speaker before and after it.

    Tags that reach over the end of a voice are closed and opened again, as they may not cross.
    """
    return "".join(_Voices(units, runs, voices).text())


class _Voices:
    """The state of one pass over the units of a cue.

    Of the tags that are open, those after the first `_before` began within the voice. `_interrupted` are those that a
    voice has ended, until the next text.
    """

    def __init__(self, units: Sequence[Unit], runs: Sequence[Run], voices: Mapping[str, tuple[str, str]]) -> None:
        self._units = divided(units, [place for run in runs for place in (run.start, run.end)])
        self._waiting = list(reversed(runs))
        self._voices = voices
        self._run: Run | None = None
        self._open: list[Unit] = []
        self._before = 0
        self._interrupted: list[Unit] = []

    def text(self) -> Iterator[str]:
        """Yield the text."""
        done = 0
        for unit in self._units:
            ends_inside = unit.closes and len(self._open) > self._before
            if self._run is not None and done >= self._run.end and not ends_inside:
                yield from self._end()
            is_next = self._run is None and bool(self._waiting) and done >= self._waiting[-1].start
            if is_next and not unit.closes and not unit.is_placing:
                yield from self._begin(self._waiting.pop())
            elif unit.shows.strip():
                yield from self._go_on()
            yield from self._shown(unit)
            done += len(unit.shows)
        if self._run is not None:
            yield from self._end()

    def _begin(self, run: Run) -> Iterator[str]:
        self._run, self._before = run, len(self._open)
        yield self._voices[run.speaker][0]
        yield from self._go_on()

    def _end(self) -> Iterator[str]:
        inner, self._open[self._before :] = self._open[self._before :], []
        yield from (f"</{tag.name}>" for tag in reversed(inner))
        if self._run is not None:
            yield self._voices[self._run.speaker][1]
        self._run, self._interrupted = None, [*self._interrupted, *inner]

    def _go_on(self) -> Iterator[str]:
        yield from (tag.raw for tag in self._interrupted)
        self._open += self._interrupted
        self._interrupted = []

    def _shown(self, unit: Unit) -> Iterator[str]:
        if unit.closes and self._interrupted and self._interrupted[-1].name == unit.name:
            self._interrupted.pop()
            return
        if unit.opens:
            self._open.append(unit)
        elif unit.closes and self._open and self._open[-1].name == unit.name:
            run, is_crossing = self._run, len(self._open) <= self._before
            if run is not None and is_crossing:  # it began before the voice
                yield from self._end()
                self._open.pop()
                yield unit.raw
                yield from self._begin(run)
                return
            self._open.pop()
        yield unit.raw
