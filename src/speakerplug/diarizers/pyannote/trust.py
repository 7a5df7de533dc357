"""Whom the files of a pipeline come from, and what happens when they name something that nobody here knows."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from ...errors import ModelError
from .components import Part

log = logging.getLogger(__name__)

PUBLISHER = "pyannote/"
"""The organization on the hub whose files are taken as they are: who names it trusts it."""
PROPOSALS = "refs/"
"""What revisions begin with that anybody may propose to a repository of others."""
LONGEST_NAME = 80
RUNS = "which could run anything on this machine"
READS = "a preprocessor that reads other files on this machine"


@dataclass(frozen=True, slots=True)
class Trust:
    """What files may name beside what pyannote's own name; whatever they name is imported, and so runs.

    `everything` is what `--trust-model` gives; `published` files are those of pyannote on the hub; `classes` are those
    that plugins registered with their diarizers.
    """

    everything: bool = False
    published: bool = False
    classes: frozenset[str] = frozenset()

    def of(self, part: Part) -> Trust:
        """The trust in a part, which may come from elsewhere than the pipeline that names it."""
        if not part.source:
            return self
        named = part.is_on_hub and (part.revision is None or self.published)  # a stranger may name any commit
        return replace(self, published=named and is_published(part.source, part.revision))

    def meet(self, name: str, file: object, harm: str = RUNS) -> None:
        """Warn of an unknown name where the file is pyannote's; raises ModelError where nobody vouches for it.

        `harm` says what could come of it.
        """
        if self.everything:
            return
        shown = repr(name[:LONGEST_NAME])
        if not self.published:
            raise ModelError(
                f"{file} names {shown}, {harm}, so it was not loaded; "
                "if you made the file or trust who did, add --trust-model, which lets it run with your rights."
            )
        log.warning(
            "%s names %s, which SpeakerPlug does not know; it is loaded as pyannote.audio loads it, "
            "for pyannote published it.",
            file,
            shown,
        )


def is_published(repo: str, revision: str | None) -> bool:
    """Whether a revision of a repository on the hub can only come from pyannote itself."""
    return repo.startswith(PUBLISHER) and not (revision or "").startswith(PROPOSALS)
