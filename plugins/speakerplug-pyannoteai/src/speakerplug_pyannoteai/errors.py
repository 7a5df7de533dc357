"""User-facing errors of pyannoteAI's cloud: each error of its SDK as a ModelError with a hint."""

from __future__ import annotations

import re
from typing import Any

from speakerplug.plugin import ModelError

from .cancellable import OverdueError, SilentError
from .names import DASHBOARD, VARIABLE

STATUS = "https://pyannote.openstatus.dev"
NOT_UNDERSTOOD = (ValueError, LookupError, TypeError, AttributeError)
"""What an unexpected response raises, in the SDK and here."""


def explained(error: Exception) -> ModelError | None:
    """Return the user-facing error for one of any request, with a hint; None if it is not the service's."""
    import requests

    if isinstance(error, requests.HTTPError):
        return _refused(error.response)
    if isinstance(error, NOT_UNDERSTOOD):
        kind = type(error).__name__
        return ModelError(
            f"pyannoteAI's answer cannot be understood ({kind}); try again, or update pyannoteai-sdk and SpeakerPlug."
        )
    if isinstance(error, (requests.RequestException, SilentError)):
        return ModelError(
            f"pyannoteAI's cloud cannot be reached ({_kind(error)}); check the network and {STATUS}, "
            "or choose a local diarizer."
        )
    return None


def upload_explained(error: Exception, sent_bytes: int) -> ModelError | None:
    """Return the user-facing error for one of an upload, of which `sent_bytes` had been sent."""
    import requests

    response = getattr(error, "response", None)
    if response is not None and response.request.method == "PUT":  # the storage knows no keys
        return ModelError(
            f"pyannoteAI's storage rejected the upload (HTTP {response.status_code}); try again, or see {STATUS}."
        )
    if sent_bytes and isinstance(error, (requests.ConnectionError, requests.Timeout, SilentError)):
        return ModelError(
            f"The upload to pyannoteAI was interrupted ({_kind(error)}); check the network and try again."
        )
    return explained(error)


def job_explained(error: Exception, job: str, state: str, limit_s: float) -> ModelError | None:
    """Return the user-facing error for one while waiting for a job, whose last state was `state`."""
    name = type(error).__name__
    if isinstance(error, OverdueError):
        return ModelError(
            f"pyannoteAI's job {job} has not ended after {limit_s:.0f} s (it is {state}); look it up at {DASHBOARD}, "
            "or wait longer with --diarizer-param timeout_s=SECONDS."
        )
    if name == "PyannoteAICanceledJob" or state == "canceled":
        return ModelError(f"pyannoteAI's job {job} was canceled there; start it again, or choose a local diarizer.")
    if name == "PyannoteAIFailedJob" or state == "failed":
        # The SDK itself raises for a failed job without a reason.
        reason = _first_line(error.args[0] if name == "PyannoteAIFailedJob" else "")
        return ModelError(f"pyannoteAI's job {job} failed ({reason}); try again, or ask their support about that job.")
    return explained(error)


def without_secrets(error: BaseException, key: str) -> BaseException:
    """Remove the key and signed URLs from the text of an error and its causes, and return it."""
    behind: BaseException | None = error
    while behind is not None:
        text = re.sub(r"\?[^\s'\")]+", "?...", str(behind).replace(key, "the key"))
        if text != str(behind):
            behind.args = (text,)
        behind = behind.__cause__ or behind.__context__
    return error


def _refused(response: Any) -> ModelError:
    """Return the user-facing error for an HTTP error response; None stands for a 401, which the SDK raises itself."""
    status = 401 if response is None else response.status_code
    if status in (401, 403):
        return ModelError(
            f"pyannoteAI rejected the key (HTTP {status}); create a new one at {DASHBOARD} and set {VARIABLE}."
        )
    if status == 402:
        return ModelError(
            "pyannoteAI requires payment (HTTP 402): the account has no credit left; "
            f"see {DASHBOARD}, or choose a local diarizer."
        )
    if status == 429:
        return ModelError(
            f"pyannoteAI accepts no more requests for now (HTTP 429); wait a minute, or see your limits at {DASHBOARD}."
        )
    if status >= 500:
        return ModelError(f"pyannoteAI's cloud is out of order (HTTP {status}); try again later, or see {STATUS}.")
    return ModelError(
        f"pyannoteAI rejected the request (HTTP {status}: {_first_line(response.text)}); "
        "change the options it names, or update pyannoteai-sdk."
    )


def _kind(error: Exception) -> str:
    return "no answer in time" if isinstance(error, SilentError) else type(error).__name__


def _first_line(text: object) -> str:
    return (str(text).strip() or "no reason given").splitlines()[0][:200].rstrip(".")
