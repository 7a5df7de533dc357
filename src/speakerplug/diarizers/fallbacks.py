"""Try several diarizers in the order in which the user named them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from ..devices import DeviceManager, ModelHandle
from ..errors import Cancelled, SpeakerPlugError, UsageError
from ..media.waveform import Waveform
from ..plugin.guard import told
from ..plugin.roles import DiarizationRequest, Diarizer
from ..system.progress import Progress
from ..transcript import Diarization

log = logging.getLogger(__name__)


class Fallbacks:
    """Use the first of several diarizers that works; `name` is that of the one in use, and each change is logged.

    If one fails in several threads at the same time, it is given up once.
    """

    def __init__(self, diarizers: Sequence[Diarizer]) -> None:
        self._left = list(diarizers)
        self._lock = threading.Lock()
        self._tried = threading.local()

    @property
    def name(self) -> str:
        """The name of the diarizer in use."""
        return self._left[0].name

    def prepare(self, devices: DeviceManager, progress: Progress) -> ModelHandle | None:
        """Prepare the first one that can be prepared."""
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
        """Return the diarization of the first one that works."""
        while True:
            try:
                return self._try().diarize(waveform, request, devices, progress)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                self.give_up(error)
                self.prepare(devices, progress)

    def _try(self) -> Diarizer:
        """Return the diarizer in use, and remember that this thread is trying it."""
        diarizer: Diarizer = self._left[0]
        self._tried.last = diarizer
        return diarizer

    def give_up(self, error: BaseException) -> None:
        """Switch to the next one; raises `error` if there is none, or if it is not the fault of the diarizer."""
        if isinstance(error, (Cancelled, UsageError)):
            raise error
        with self._lock:
            if getattr(self._tried, "last", self._left[0]) is not self._left[0]:
                return  # another thread came first
            if len(self._left) == 1:
                raise error
            failed = self._left.pop(0)
        why = str(error) if isinstance(error, SpeakerPlugError) else told(error)
        log.warning("Diarizer %s failed, so %s is used instead: %s", failed.name, self.name, why)
        log.debug("%s", failed.name, exc_info=error)
