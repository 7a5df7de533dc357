"""How a transcript gets to the files that are asked for, or to standard output."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from .cueing import take_rules
from .formats import chosen, suffixes_of
from .muxing import EMBED, named_for, with_embedding
from .outputs import Targets, plan_outputs
from .results import show

if TYPE_CHECKING:
    from ..plugins import Plugins
    from ..transcript import Transcript

log = logging.getLogger(__name__)


class Delivery:
    """What is written of each input, where to and by which rules; `planned` has the targets of each.

    Takes the values of the options `FORMATS` and `CUES` out of `given`. Raises UsageError, before any work, for what
    cannot be meant.
    """

    def __init__(self, plugins: Plugins, inputs: Sequence[str], given: dict[str, Any]) -> None:
        self._plugins = plugins
        self._rules = take_rules(given)
        self._ends = {name: given.pop(name) for name in ("crlf", "bom")}
        self._embed, output = given.pop("embed"), given.pop("output")
        asked = chosen(given.pop("formats"), given.pop("named_formats"), plugins)
        formats, suffixes = with_embedding(asked, given.pop("subtitled"), suffixes_of(plugins), output)
        self.planned = plan_outputs(inputs, formats, output, suffixes)
        if self._embed and not any(map(self._plays, self.planned[0])):
            raise UsageError("--embed-media is for a page that plays the recording; add --html.")

    @property
    def needs_recording(self) -> bool:
        """Whether something is asked for that holds the recording itself."""
        return self._embed or any(EMBED in targets for targets in self.planned)

    def of(self, recording: str | Path | None, targets: Targets) -> Targets:
        """The targets by their whole names, some of which depend on the recording; raises what `named_for` does."""
        return targets if recording is None else named_for(recording, targets)

    def deliver(self, transcript: Transcript, targets: Targets, recording: str | Path | None) -> None:
        """Write the transcript to its targets, or print it; `recording` is None where it is not known."""
        place = None if recording is None else Path(recording)
        for format, path in targets.items():
            if path is None:
                self._print(transcript, format, place)
                continue
            if format == EMBED and place is not None:
                from ..muxing import embed

                embed(transcript, place, path, self._rules)
            else:
                transcript.save(path, format, self._rules, recording=place, embed=self._embed, **self._ends)
            log.info("Wrote %s", path)

    def _print(self, transcript: Transcript, format: str, recording: Path | None) -> None:
        from ..saving import media_for, written

        offer = self._plugins.choose("writers", format)
        media = media_for(offer, recording, Path(), self._embed)
        show(written(transcript, offer, self._rules, media=media, **self._ends))

    def _plays(self, format: str) -> bool:
        from ..saving import takes

        return format != EMBED and takes(self._plugins.choose("writers", format).make, "media")
