"""Why a request is not answered with a transcript: the status, a sentence, and what a client may do."""

from __future__ import annotations

from speakerplug.plugin import Cancelled, MediaError, SpeakerPlugError, UsageError


class Fault(Exception):  # noqa: N818 - an answer
    """An answer other than a transcript.

    `param` names the field of the request that is wrong. After `retry_after_s` seconds the client may try again; a
    fault that `comes_again` is not worth another try.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after_s: int | None = None,
        comes_again: bool = False,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.param, self.code = status, message, param, code
        self.retry_after_s, self.comes_again = retry_after_s, comes_again

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell a client whether to try again."""
        found = {} if self.retry_after_s is None else {"retry-after": str(self.retry_after_s)}
        if self.status == 401:
            found["www-authenticate"] = "Bearer"
        return found | ({"x-should-retry": "false"} if self.comes_again else {})


class TooLongError(UsageError):
    """A recording that lasts longer than the server allows."""


def stopping() -> Fault:
    """Return the answer of a server that is about to end."""
    return Fault(503, "The server is stopping; try again later.", code="server_stopping", retry_after_s=30)


def fault_of(error: BaseException) -> Fault:
    """Return the answer for an error; what only concerns the server's owner stays in its log."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, Cancelled):
        return stopping()
    if isinstance(error, TooLongError):
        return Fault(413, str(error), param="file", code="file_too_long")
    if isinstance(error, MediaError):
        return Fault(400, str(error), param="file", code="invalid_file")
    if isinstance(error, UsageError):
        return Fault(400, str(error))
    if isinstance(error, OSError) and error.errno == 28:  # ENOSPC
        return Fault(507, "The server has no disk space left for this upload.", code="no_space")
    return Fault(
        500,
        "The server could not transcribe this recording; its log says why.",
        code="server_error",
        comes_again=isinstance(error, SpeakerPlugError),
    )
