"""What goes wrong with pyannoteAI's cloud, in plain words: each error of its SDK with its remedy."""

from __future__ import annotations

import re
from typing import Any

from speakerplug.plugin import ModelError

from .cancellable import OverdueError, SilentError
from .names import DASHBOARD, VARIABLE

STATUS = "https://pyannote.openstatus.dev"
NOT_UNDERSTOOD = (ValueError, LookupError, TypeError, AttributeError)
"""What stumbles over an answer that is none, in the SDK and here."""


def explained(error: Exception) -> ModelError | None:
    """What an error of any request means for the user, with the remedy; None for one that is not the service's."""
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
    """What an error of an upload means, of which `sent_bytes` were on their way."""
    import requests

    response = getattr(error, "response", None)
    if response is not None and response.request.method == "PUT":  # the storage knows no keys
        return ModelError(
            f"pyannoteAI's storage refused the upload (HTTP {response.status_code}); try again, or see {STATUS}."
        )
    if sent_bytes and isinstance(error, (requests.ConnectionError, requests.Timeout, SilentError)):
        return ModelError(f"The upload to pyannoteAI broke off ({_kind(error)}); check the network and try again.")
    return explained(error)


def job_explained(error: Exception, job: str, state: str, limit_s: float) -> ModelError | None:
    """What an error while waiting for a job means; it was last heard to be in `state`, and given `limit_s` seconds."""
    name = type(error).__name__
    if isinstance(error, OverdueError):
        return ModelError(
            f"pyannoteAI's job {job} has not ended after {limit_s:.0f} s (it is {state}); look for it at {DASHBOARD}, "
            "or wait longer with --diarizer-param timeout_s=SECONDS."
        )
    if name == "PyannoteAICanceledJob" or state == "canceled":
        return ModelError(f"pyannoteAI's job {job} was cancelled there; start it again, or choose a local diarizer.")
    if name == "PyannoteAIFailedJob" or state == "failed":
        # The SDK stumbles over a failed job that gives no reason.
        reason = _first_line(error.args[0] if name == "PyannoteAIFailedJob" else "")
        return ModelError(f"pyannoteAI's job {job} failed ({reason}); try again, or ask their support about that job.")
    return explained(error)


def without_secrets(error: BaseException, key: str) -> BaseException:
    """The same error; in its text, and in those of the errors behind it, are neither key nor signed addresses."""
    behind: BaseException | None = error
    while behind is not None:
        text = re.sub(r"\?[^\s'\")]+", "?...", str(behind).replace(key, "the key"))
        if text != str(behind):
            behind.args = (text,)
        behind = behind.__cause__ or behind.__context__
    return error


def _refused(response: Any) -> ModelError:
    """A request that was answered with an error; None stands for a 401, of which the SDK makes an error itself."""
    status = 401 if response is None else response.status_code
    if status in (401, 403):
        return ModelError(
            f"pyannoteAI refused the key (HTTP {status}); make a new one at {DASHBOARD} and set {VARIABLE}."
        )
    if status == 402:
        return ModelError(
            "pyannoteAI asks for payment (HTTP 402), for the account has no credit left; "
            f"see {DASHBOARD}, or choose a local diarizer."
        )
    if status == 429:
        return ModelError(
            f"pyannoteAI takes no more requests for now (HTTP 429); wait a minute, or see your limits at {DASHBOARD}."
        )
    if status >= 500:
        return ModelError(f"pyannoteAI's cloud is out of order (HTTP {status}); try again later, or see {STATUS}.")
    return ModelError(
        f"pyannoteAI refused the request (HTTP {status}: {_first_line(response.text)}); "
        "change what it names, or update pyannoteai-sdk."
    )


def _kind(error: Exception) -> str:
    return "no answer in time" if isinstance(error, SilentError) else type(error).__name__


def _first_line(text: object) -> str:
    return (str(text).strip() or "no reason given").splitlines()[0][:200].rstrip(".")
