"""What a file may set: one that was only found in a folder is a stranger's, and sets nothing that could do harm."""

from __future__ import annotations

import os
from typing import Any

import click

NEVER = frozenset({"trust-model"})
"""Only typed: neither a file nor a variable sets it."""
FORMATS = frozenset(
    ["vtt", "srt", "ass", "ttml", "json", "txt", "md", "html", "docx", "tsv", "eaf", "textgrid", "rttm", "stm", "ctm"]
)
"""The flags of formats; of some commands, an option of the same name takes a file."""
FOUND = FORMATS | frozenset(
    {
        *("format", "crlf", "bom", "audio-track", "encoding", "exclusive", "name", "no-diarize"),
        *("model", "language", "task", "prompt", "hotwords", "batch-size"),
        *("diarizer", "num-speakers", "min-speakers", "max-speakers", "channels", "exact"),
        *("diarizer-batch-size", "segmentation-step"),
        *("cue-profile", "max-line-width", "max-lines", "max-cps", "min-duration", "max-duration", "gap"),
        *("labels", "dual", "overlap", "words", "style", "sdh", "start", "end"),
        *("device", "recognizer-device", "diarizer-device", "aligner-device", "compute-type", "memory-limit"),
        *("concurrency", "isolate", "timings", "progress", "quiet", "verbose"),
    }
)
"""What a found file may set: no trust, network, cloud, token, folder of a model, output or program.

Whatever is not in this list, and what belongs to a plugin's command, it may not.
"""


def is_ours(command: click.Command) -> bool:
    """Whether a command comes with SpeakerPlug, so that its options mean what `FOUND` takes them for."""
    return str(getattr(command.callback, "__module__", "")).startswith("speakerplug.")


def refusal(name: str, value: Any, is_own: bool) -> str | None:
    """Return why a file may not set the option `name` to `value`, as a phrase with the remedy; None if it may."""
    if name in NEVER:
        return f"{name} is never read from a file; type --{name}"
    if is_own:
        return None
    remedy = "type it, or name the file with --config"
    if name not in FOUND or (name in FORMATS and not isinstance(value, bool)):
        return f"{name} is not read from a file that was only found; {remedy}"
    if name == "model" and not _is_plain(value):
        return f"a file that was only found takes a model by its plain name, no hub id or folder; {remedy}"
    if name == "diarizer" and not all(_is_local(each.strip()) for each in str(value).split(",")):
        return f"a file that was only found takes a diarizer by the name of a local one; {remedy}"
    return None


def _is_plain(value: Any) -> bool:
    text = str(value)
    return not ({"/", "\\", ":", "~"} & {*text}) and not text.startswith(".") and not os.path.exists(text)


def _is_local(name: str) -> bool:
    """Whether this is the name of a diarizer that uploads nothing."""
    from ...plugin.manager import load_plugins

    if name == "auto":
        return True
    registered = load_plugins().diarizers.get(name)
    return registered is not None and not {"key", "network"} & {*registered.needs} and _is_plain(name)
