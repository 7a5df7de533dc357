"""A model on the hub, for plugins: what a diarizer's registration says of its files, and where they are."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ..errors import ModelError, UsageError
from ..system.progress import Progress
from .roles import DiarizerSettings


@dataclass(frozen=True, slots=True)
class HubModel:
    """The `files` of a repository on the hub at a pinned `revision`; its methods fit a DiarizerRegistration.

    Another revision is taken if the settings name one, with --revision or with @ after the name of the repository.
    """

    repo: str
    files: tuple[str, ...]
    revision: str | None = None

    def is_cached(self, settings: DiarizerSettings) -> bool:
        """Return whether all files are on this machine."""
        return self._cached(settings) is not None

    def why_not(self, settings: DiarizerSettings) -> str | None:
        """Return why the files, which are not on this machine, cannot be fetched now; None if they can."""
        from .. import hub

        if settings.offline or hub.is_offline():
            return "not on this machine, and offline mode is on"
        return None if hub.answers() else "not on this machine, and the model hub does not answer"

    def locate(self, settings: DiarizerSettings, progress: Progress) -> Path:
        """Return the folder of the files, downloaded unless they are cached; raises ModelError with a hint."""
        if (there := self._cached(settings)) is not None:
            return there
        if settings.offline:
            raise ModelError(
                f"{self.repo} is not on this machine, and offline mode is on; "
                f"fetch it once with: speakerplug fetch {self.repo}."
            )
        return self._downloaded(settings, progress, verify=False)

    def fetch(self, settings: DiarizerSettings, progress: Progress, to: Path | None) -> None:
        """Download what is missing, compare every file with its checksum, and copy all to the folder `to` if given.

        Raises ModelError with a hint.
        """
        from .. import hub

        there = self._cached(settings)
        if there is None or hub.answers():
            there = self._downloaded(settings, progress, verify=True)
        elif damage := hub.damage({self.repo: there}, settings.cache_dir):
            raise damage
        for name in self.files if to is not None else ():
            assert to is not None
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(there / name, to / name)

    def _cached(self, settings: DiarizerSettings) -> Path | None:
        from .. import hub

        return hub.cached(self.repo, self.files, self._revision(settings), settings.cache_dir)

    def _downloaded(self, settings: DiarizerSettings, progress: Progress, verify: bool) -> Path:
        from .. import hub

        revision = self._revision(settings)
        folder = hub.fetch(self.repo, self.files, settings.token, progress, revision, settings.cache_dir, verify)
        if missing := next((name for name in self.files if not (folder / name).is_file()), None):
            raise ModelError(f"{self.repo} has no {missing} at this revision; leave out --revision.")
        return folder

    def _revision(self, settings: DiarizerSettings) -> str | None:
        named = settings.source.partition("@")[2] if isinstance(settings.source, str) else ""
        if settings.revision and named and settings.revision != named:
            raise UsageError(f"{settings.source} contradicts --revision {settings.revision}; give one of the two.")
        return settings.revision or named or self.revision
