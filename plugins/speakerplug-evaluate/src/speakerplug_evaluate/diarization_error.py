"""The diarization error rate of turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from speakerplug.plugin import Turn

from .rates import Blocks, Rate
from .timing import BLOCK_S, Region


def der(
    reference: Sequence[Turn],
    hypothesis: Sequence[Turn],
    region: Region,
    collar: float,
    blocks: int = 1,
    gaps: Sequence[Region] = (),
) -> Blocks:
    """Return the diarization error rate by pyannote.metrics, in seconds: missed, false and confused speech.

    Overlap is scored, but only inside `region` (start, end) without `gaps`, and not within `collar` seconds on either
    side of the start and end of a reference turn (NIST's definition; pyannote.metrics counts both sides together).
    Speakers are mapped once for the whole region, as the metric does.
    """
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate
    from pyannote.metrics.identification import IdentificationErrorRate

    metric, fixed = DiarizationErrorRate(), IdentificationErrorRate()
    true, found, scored = metric.uemify(
        # An unmapped speaker with the name of a reference speaker would count as right.
        _annotation(Turn(turn.start, turn.end, f"true {turn.speaker}") for turn in reference),
        _annotation(Turn(turn.start, turn.end, f"found {turn.speaker}") for turn in hypothesis),
        uem=Timeline([Segment(*region)]).extrude(Timeline(Segment(*gap) for gap in gaps)),
        collar=2 * collar,
        returns_uem=True,
    )
    found = found.rename_labels(metric.optimal_mapping(true, found))
    rates = []
    for block in range(blocks):
        end = BLOCK_S * (block + 1) if block + 1 < blocks else max(region[1], BLOCK_S * blocks)
        part = scored.crop(Segment(BLOCK_S * block, end), mode="intersection")
        detail = fixed(true, found, uem=part, detailed=True) if part else None
        rates.append(_rate(detail) if detail else Rate(0, 0))
    return tuple(rates)


def _rate(detail: dict[str, float]) -> Rate:
    return Rate(detail["missed detection"] + detail["false alarm"] + detail["confusion"], detail["total"])


def _annotation(turns: Iterable[Turn]):  # type: ignore[no-untyped-def]
    from pyannote.core import Annotation, Segment

    return Annotation.from_records(
        (Segment(turn.start, turn.end), number, turn.speaker) for number, turn in enumerate(turns)
    )
