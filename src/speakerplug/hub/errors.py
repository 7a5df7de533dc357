"""What goes wrong with the model hub, in plain words: each error of its client with its remedy."""

from __future__ import annotations

import errno

from ..errors import ModelError

NO_ROOM = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR, errno.EEXIST)


class RefusedTokenError(ModelError):
    """The hub does not accept the token at all."""


def unreachable(repo: str) -> ModelError:
    """The error for a `repo` that is not cached, while the hub does not answer or is not to be asked."""
    from huggingface_hub import constants

    offline = constants.HF_HUB_OFFLINE
    reason = "HF_HUB_OFFLINE forbids to fetch it" if offline else "the model hub does not answer"
    remedy = "unset it once" if offline else "check the network"
    return ModelError(
        f"{repo} is not on this machine, and {reason}; {remedy}, or name a local folder or a bundled model."
    )


def explained(error: BaseException, repo: str, has_token: bool) -> ModelError:
    """What an error of the hub's client about `repo` means for the user, with the remedy."""
    from huggingface_hub import errors

    page = f"https://hf.co/{repo}"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401 and has_token:
        return RefusedTokenError(
            f"The hub refused the token when asked for {repo}; "
            "make a new one at https://hf.co/settings/tokens and set HF_TOKEN."
        )
    if isinstance(error, errors.GatedRepoError):
        first = "" if has_token else "set HF_TOKEN to a token of yours and "
        return ModelError(f"{repo} is gated; {first}accept its terms at {page}, then try again.")
    if isinstance(error, errors.RevisionNotFoundError):
        return ModelError(f"{repo} has no such revision; leave it out, or look it up at {page}.")
    if isinstance(error, errors.RepositoryNotFoundError):
        private = "" if has_token else ", or set HF_TOKEN if it is private"
        return ModelError(f"The hub has no repository {repo} that you may see; check the name{private}.")
    if status == 403:
        return ModelError(
            f"Your token may not read {repo}; "
            "allow it to read gated repositories at https://hf.co/settings/tokens, or set another one in HF_TOKEN."
        )
    if isinstance(error, errors.HFValidationError):
        return ModelError(f"{repo!r} is no name that a hub repository can have; write it as owner/name.")
    return _explained_failure(error, repo, status)


def _explained_failure(error: BaseException, repo: str, status: int | None) -> ModelError:
    from huggingface_hub import errors

    if isinstance(error, (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled)):
        return unreachable(repo)
    if isinstance(error, errors.EntryNotFoundError):
        return ModelError(f"{repo} lacks a file that it needs; look at https://hf.co/{repo}, or choose another.")
    if status is not None:
        return ModelError(f"The hub could not deliver {repo} (HTTP {status}); try again later.")
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return ModelError(
            f"{repo} cannot be saved in the hub's cache ({error.strerror}); "
            "make room and allow to write there, or name another folder with --cache-dir."
        )
    kind = "no answer in time" if "Timeout" in type(error).__name__ else type(error).__name__
    return ModelError(f"{repo} could not be fetched from the hub ({kind}); check the network and try again.")
