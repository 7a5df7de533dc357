"""Audio and video: look inside a recording, and read its audio."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .read import read_channels, read_waveform
else:

    def __getattr__(name: str) -> Any:
        """Import what needs numpy when it is first used: a missing file is said without."""
        if name in __all__:
            from . import read

            return getattr(read, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["read_channels", "read_waveform"]
