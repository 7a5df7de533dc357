"""Several diarizers, tried in the order in which the user named them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from ..devices import DeviceManager, ModelHandle
from ..errors import Cancelled, SpeakerPlugError, UsageError
from ..plugin.guard import told
from ..plugin.roles import DiarizationRequest, Diarizer
from ..system.progress import Progress
from ..transcript import Diarization
from ..waveform import Waveform

log = logging.getLogger(__name__)


class Fallbacks:
    """The first of several diarizers that works; `name` is that of the one in use, and each change is said.

    Where it fails for several threads at the same time, it is given up once.
    """

    def __init__(self, diarizers: Sequence[Diarizer]) -> None:
        self._left = list(diarizers)
        self._lock = threading.Lock()
        self._tried = threading.local()

    @property
    def name(self) -> str:
        """The one in use."""
        return self._left[0].name

    def prepare(self, devices: DeviceManager, progress: Progress) -> ModelHandle | None:
        """As the first of them that can be prepared."""
        while True:
            try:
                return self._try().prepare(devices, progress)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                self.give_up(error)

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """What the first of them that works hears."""
        while True:
            try:
                return self._try().diarize(waveform, request, devices, progress)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                self.give_up(error)
                self.prepare(devices, progress)

    def _try(self) -> Diarizer:
        """Return the one in use, and remember that this thread is trying it."""
        diarizer: Diarizer = self._left[0]
        self._tried.last = diarizer
        return diarizer

    def give_up(self, error: BaseException) -> None:
        """Go on with the next one; raises `error` where there is none, or where it is not the diarizer's."""
        if isinstance(error, (Cancelled, UsageError)):
            raise error
        with self._lock:
            if getattr(self._tried, "last", self._left[0]) is not self._left[0]:
                return  # another thread came first
            if len(self._left) == 1:
                raise error
            failed = self._left.pop(0)
        why = str(error) if isinstance(error, SpeakerPlugError) else told(error)
        log.warning("Diarizer %s cannot be used, so it is %s now: %s", failed.name, self.name, why)
        log.debug("%s", failed.name, exc_info=error)
