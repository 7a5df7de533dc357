"""Checks of the model hub: whether it answers, accepts the token, and gives access to gated models."""

from __future__ import annotations

from collections.abc import Iterator

from ... import hub
from ...diarizers.status import is_cached, why_not
from ...errors import ModelError
from ...plugin.manager import load_plugins
from ...plugin.registrations import DiarizerRegistration
from ...plugin.roles import DiarizerSettings
from .finding import Finding, from_error

TOPIC = "hub"

LOCAL = "use the models on this machine (speakerplug models), or check network and proxy (HTTPS_PROXY)"
RENEW = "create a new one at https://hf.co/settings/tokens, and: hf auth login"


def check_hub() -> Iterator[Finding]:
    """Check that the hub answers within a few seconds."""
    if hub.is_offline():
        yield Finding(TOPIC, "warning", "HF_HUB_OFFLINE turns off access to the model hub", "unset HF_HUB_OFFLINE")
    elif hub.answers():
        yield Finding(TOPIC, "ok", "the model hub answers")
    else:
        yield Finding(TOPIC, "warning", f"the model hub does not answer within {hub.TIMEOUT_S:.0f} s", LOCAL)


def check_token() -> Iterator[Finding]:
    """Check that there is a token, and the keys of diarizers that need one; none is sent anywhere."""
    needed = [each for each in _with("token") if not is_cached(each, DiarizerSettings())]
    if hub.token() is not None:
        yield Finding(TOPIC, "ok", "a hub token is set")
    elif not needed:
        yield Finding(TOPIC, "ok", "no hub token is set, and none is needed for the models on this machine")
    else:
        names = " and ".join(each.name for each in needed)
        text = f"no hub token is set; {names} needs one for the first download"
        yield Finding(TOPIC, "warning", text, "hf auth login (or set HF_TOKEN)")
    for each in _with("key"):
        if why_not(each, DiarizerSettings()) is None:
            text = f"the key of {each.name} is set; it uploads only where it is named as the diarizer"
            yield Finding(TOPIC, "ok", text)


def check_access() -> Iterator[Finding]:
    """Check that the hub accepts the token, and that it gives access to the models that need one."""
    if hub.token() is None or not hub.answers():
        return
    try:
        status = _who(hub.checked(hub.token()))
    except Exception as error:  # the client raises errors of many classes
        why = error if isinstance(error, ModelError) else hub.explained(error, "the hub", has_token=True)
        yield from_error(TOPIC, "warning", "the token cannot be used", why, RENEW)
        return
    if status == 401:
        yield Finding(TOPIC, "problem", "the hub refuses the token", RENEW)
        return
    if status == 200:
        yield Finding(TOPIC, "ok", "the hub accepts the token")
    else:
        text = f"the hub could not check the token (HTTP {status})"
        yield Finding(TOPIC, "warning", text, "try again later")
    for each in _with("token"):
        why_closed = why_not(each, DiarizerSettings())
        if why_closed is None:
            yield Finding(TOPIC, "ok", f"the token opens {each.name}")
        else:
            yield from_error(TOPIC, "warning", f"the token does not open {each.name}", ModelError(why_closed), RENEW)


def _with(need: str) -> list[DiarizerRegistration]:
    """Return the registered diarizers that need this."""
    registered = load_plugins().diarizers.values()
    return [each for each in registered if need in each.needs and each.check is not None]


def _who(key: str | None) -> int:
    """Return the HTTP status for a request that identifies the token; the name in the answer is not read."""
    from huggingface_hub import constants, get_session
    from huggingface_hub.utils._headers import build_hf_headers

    url = f"{constants.ENDPOINT}/api/whoami-v2"
    return int(get_session().get(url, headers=build_hf_headers(token=key), timeout=hub.TIMEOUT_S).status_code)
