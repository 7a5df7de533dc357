"""The model hub: whether it answers, whether it knows the token, and whether the token opens community-1."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ... import hub
from ...errors import ModelError
from .finding import Finding, told

TOPIC = "hub"

LOCAL = "go on with models of this machine (speakerplug models), or check network and proxy (HTTPS_PROXY)"
RENEW = "make a new one at https://hf.co/settings/tokens, and: hf auth login"


def look_at_hub() -> Iterator[Finding]:
    """Whether the hub answers, in a few seconds."""
    if hub.is_offline():
        yield Finding(TOPIC, "warning", "HF_HUB_OFFLINE forbids to ask the model hub", "unset HF_HUB_OFFLINE")
    elif hub.answers():
        yield Finding(TOPIC, "ok", "the model hub answers")
    else:
        yield Finding(TOPIC, "warning", f"the model hub does not answer within {hub.PATIENCE:.0f} s", LOCAL)


def look_at_token() -> Iterator[Finding]:
    """Whether there is a token, and a key of pyannoteAI's; neither is sent anywhere."""
    from ...diarizers.cloud_errors import VARIABLE
    from ...diarizers.pyannote.pretrained import community_cached

    if hub.token() is not None:
        yield Finding(TOPIC, "ok", "a hub token is set")
    elif community_cached() is not None:
        yield Finding(TOPIC, "ok", "no hub token is set, and none is needed for what is on this machine")
    else:
        text = "no hub token is set; community-1 needs one, once"
        yield Finding(TOPIC, "warning", text, "hf auth login (or set HF_TOKEN)")
    if os.environ.get(VARIABLE, "").strip():
        yield Finding(TOPIC, "ok", f"{VARIABLE} is set; precision-2 uploads only where it is named as the diarizer")


def look_at_access() -> Iterator[Finding]:
    """Whether the hub accepts the token, and gives community-1 for it."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    from ...diarizers.pyannote.pretrained import COMMUNITY

    if hub.token() is None or not hub.answers():
        return
    try:
        key = hub.checked(hub.token())
        status = _who(key)
        if status == 401:
            yield Finding(TOPIC, "problem", "the hub refuses the token", RENEW)
            return
        if status != 200:
            yield Finding(
                TOPIC, "warning", f"the hub does not say whose the token is (HTTP {status})", "try again later"
            )
        else:
            yield Finding(TOPIC, "ok", "the hub accepts the token")
        get_hf_file_metadata(hf_hub_url(COMMUNITY, "config.yaml"), token=key, timeout=hub.PATIENCE)
    except Exception as error:  # the client's errors are of many families
        why = error if isinstance(error, ModelError) else hub.explained(error, COMMUNITY, has_token=True)
        yield told(TOPIC, "warning", "the token does not open community-1", why, RENEW)
    else:
        yield Finding(TOPIC, "ok", "the token opens community-1")


def _who(key: str | None) -> int:
    """The status with which the hub answers whose token this is; the name in its answer is not looked at."""
    from huggingface_hub import constants, get_session
    from huggingface_hub.utils._headers import build_hf_headers

    url = f"{constants.ENDPOINT}/api/whoami-v2"
    return int(get_session().get(url, headers=build_hf_headers(token=key), timeout=hub.PATIENCE).status_code)
