"""The formats that are asked for, and what else is said about the output."""

from __future__ import annotations

from speakerplug.cli.convert import convert
from speakerplug.cli.format_options import output_options
from tests.cli.conftest import parsed


def test_output_options_name_each_format_once() -> None:
    """Those with an option of their own first, then those of --format."""
    typed = "--srt --vtt --srt --format podcast --format vtt --crlf"
    options = output_options(parsed(convert, *typed.split()))
    assert options.formats == ("srt", "vtt", "podcast")
    assert (options.rules, options.crlf, options.bom, options.output) == (None, True, False, None)
