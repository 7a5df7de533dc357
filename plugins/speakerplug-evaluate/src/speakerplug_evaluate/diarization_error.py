"""The diarization error rate: how wrong turns are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from speakerplug.plugin import Turn

from .rates import Blocks, Rate
from .timing import BLOCK_S, Region


def der(
    reference: Sequence[Turn], hypothesis: Sequence[Turn], region: Region, collar: float, blocks: int = 1
) -> Blocks:
    """Diarization error rate by pyannote.metrics, in seconds: missed, false and confused speech, overlap included.

    Only `region` (start, end) is scored, and not what lies within `collar` seconds on either side of the start or end
    of a reference turn (NIST's meaning; pyannote.metrics counts both sides together). Speakers are mapped once for
    the whole region, as the metric does it.
    """
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate
    from pyannote.metrics.identification import IdentificationErrorRate

    metric, fixed = DiarizationErrorRate(), IdentificationErrorRate()
    true, found, scored = metric.uemify(
        # A name of the truth, borne by chance by somebody who stands for nobody, would count as right.
        _annotation(Turn(turn.start, turn.end, f"true {turn.speaker}") for turn in reference),
        _annotation(Turn(turn.start, turn.end, f"heard {turn.speaker}") for turn in hypothesis),
        uem=Timeline([Segment(*region)]),
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
