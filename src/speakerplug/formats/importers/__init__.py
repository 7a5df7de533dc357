"""Transcripts that other programs wrote: told by what they hold, not by their names, and read as words.

A form of JSON is a module with a NAME, `recognises(document)` and `read(document)`, which raises ValueError for what is
not as that program writes it. docs/attribute.md lists them.
"""

from .ctm import is_ctm
from .detect import FORMS, form_of
from .read import lenient_json, load_ctm, load_foreign
from .rttm import read_rttm, recordings_of
from .words import Heard

__all__ = [
    "FORMS",
    "Heard",
    "form_of",
    "is_ctm",
    "lenient_json",
    "load_ctm",
    "load_foreign",
    "read_rttm",
    "recordings_of",
]
