"""How a transcript gets to the files that are asked for, or to standard output."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SpeakerPlugError, UsageError
from . import console
from .cueing import take_rules
from .formats import chosen, suffixes_of
from .muxing import EMBED, named_for, with_embedding
from .outputs import Targets, plan_outputs, refuse_overwriting
from .stdout import deliver

if TYPE_CHECKING:
    from ..plugin.manager import Plugins
    from ..transcript import Transcript

log = logging.getLogger(__name__)

WHOLE = "json"
"""The format that holds everything, from which all others can be made."""


class Delivery:
    """What is written of each input, where to and by which rules; `planned` has the targets of each.

    Takes the values of the options `FORMATS` and `CUES` out of `given`. What other options name, and `read`, is read as
    the inputs are, and never written over. Raises UsageError, before any work, for what cannot be meant.
    """

    def __init__(
        self, plugins: Plugins, inputs: Sequence[str], given: dict[str, Any], read: Sequence[str | None] = ()
    ) -> None:
        self._plugins = plugins
        self._rules = take_rules(given)
        self._ends = {name: given.pop(name) for name in ("crlf", "bom")}
        self._embed, output = given.pop("embed"), given.pop("output")
        asked = chosen(given.pop("formats"), given.pop("named_formats"), plugins)
        formats, suffixes = with_embedding(asked, given.pop("subtitled"), suffixes_of(plugins), output)
        named = (*read, *given.values())
        others = [value for value in named if isinstance(value, str) and os.path.isfile(value)]
        self._read = (*inputs, *others)
        self.planned = plan_outputs(inputs, formats, output, suffixes, others=others)
        if self._embed and not any(map(self._plays, self.planned[0])):
            raise UsageError("--embed-audio is for a page that plays the recording; add --html.")

    @property
    def needs_recording(self) -> bool:
        """Whether something is asked for that holds the recording itself."""
        return self._embed or any(EMBED in targets for targets in self.planned)

    def of(self, recording: str | Path | None, targets: Targets) -> Targets:
        """The targets by their whole names, some of which depend on the recording.

        Raises what `named_for` does, and UsageError where one is a file that is read.
        """
        if recording is None:
            return targets
        targets = named_for(recording, targets)
        refuse_overwriting((*self._read, recording), targets)
        return targets

    def deliver(self, transcript: Transcript, targets: Targets, recording: str | Path | None) -> None:
        """Write the transcript to its targets, or print it; `recording` is None where it is not known.

        A format that cannot be written costs none of the others; when these are done, its error is raised, with the
        transcript if no file holds all of it.
        """
        failed: dict[str, SpeakerPlugError] = {}
        for format, path in targets.items():
            try:
                self._deliver(transcript, format, path, None if recording is None else Path(recording))
            except SpeakerPlugError as error:
                failed[format] = error
        if not failed:
            return
        *others, last = failed.values()
        for other in others:
            console.fail(str(other), other)
        last.partial = transcript if targets.get(WHOLE) is None or WHOLE in failed else None
        raise last

    def _deliver(self, transcript: Transcript, format: str, path: Path | None, recording: Path | None) -> None:
        if path is None:
            self._print(transcript, format, recording)
            return
        if format == EMBED and recording is not None:
            from ..formats.mux import embed

            embed(transcript, recording, path, self._rules)
        else:
            from ..formats.save import save

            given = {"recording": recording, "embed": self._embed, "plugins": self._plugins, **self._ends}
            save(transcript, path, format, self._rules, **given)
        log.info("Wrote %s", path)

    def _print(self, transcript: Transcript, format: str, recording: Path | None) -> None:
        from ..formats.save import media_for, written

        offer = self._plugins.choose("writers", format)
        media = media_for(offer, recording, Path(), self._embed)
        deliver(written(transcript, offer, self._rules, media=media, **self._ends))

    def _plays(self, format: str) -> bool:
        from ..formats.save import takes

        return format != EMBED and takes(self._plugins.choose("writers", format).make, "media")
