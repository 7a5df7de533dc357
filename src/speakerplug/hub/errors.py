"""User-facing errors of the model hub: each error of its client as a ModelError with a hint."""

from __future__ import annotations

import errno

from ..errors import ModelError

NO_ROOM = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR, errno.EEXIST)


class RefusedTokenError(ModelError):
    """A token that the hub rejects."""


def unreachable(repo: str) -> ModelError:
    """Return the error for a `repo` that is not cached while the hub does not answer or HF_HUB_OFFLINE is set."""
    from huggingface_hub import constants

    offline = constants.HF_HUB_OFFLINE
    reason = "HF_HUB_OFFLINE is set" if offline else "the model hub does not answer"
    remedy = "unset it to download the model" if offline else "check the network"
    return ModelError(
        f"{repo} is not on this machine, and {reason}; {remedy}, or name a local folder or a bundled model."
    )


def explained(error: BaseException, repo: str, has_token: bool) -> ModelError:
    """Return the user-facing error for one that the hub's client raised about `repo`, with a hint."""
    from huggingface_hub import errors

    page = f"https://hf.co/{repo}"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401 and has_token:
        return RefusedTokenError(
            f"The hub rejected the token for {repo}; "
            "create a new one at https://hf.co/settings/tokens and set HF_TOKEN."
        )
    if isinstance(error, errors.GatedRepoError):
        first = "" if has_token else "set HF_TOKEN to your token and "
        return ModelError(f"{repo} is gated; {first}accept its terms at {page}, then try again.")
    if isinstance(error, errors.RevisionNotFoundError):
        return ModelError(f"{repo} has no such revision; omit it, or look it up at {page}.")
    if isinstance(error, errors.RepositoryNotFoundError):
        private = "" if has_token else ", or set HF_TOKEN if it is private"
        return ModelError(f"The hub has no repository {repo} that you can access; check the name{private}.")
    if status == 403:
        return ModelError(
            f"Your token has no permission to read {repo}; "
            "allow it to read gated repositories at https://hf.co/settings/tokens, or set another one in HF_TOKEN."
        )
    if isinstance(error, errors.HFValidationError):
        return ModelError(f"{repo!r} is not a valid name of a hub repository; write it as owner/name.")
    return _explained_failure(error, repo, status)


def _explained_failure(error: BaseException, repo: str, status: int | None) -> ModelError:
    from huggingface_hub import errors

    if isinstance(error, (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled)):
        return unreachable(repo)
    if isinstance(error, errors.EntryNotFoundError):
        return ModelError(f"{repo} lacks a required file; look at https://hf.co/{repo}, or choose another model.")
    if status is not None:
        return ModelError(f"The hub could not deliver {repo} (HTTP {status}); try again later.")
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return ModelError(
            f"{repo} cannot be saved in the hub's cache ({error.strerror}); "
            "free disk space and check its permissions, or choose another folder with --cache-dir."
        )
    kind = "no answer in time" if "Timeout" in type(error).__name__ else type(error).__name__
    return ModelError(f"{repo} could not be downloaded from the hub ({kind}); check the network and try again.")
