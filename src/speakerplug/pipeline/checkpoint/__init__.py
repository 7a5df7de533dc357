"""The checkpoint of a long recording: a transcription that was killed goes on where it was when it runs again."""

from .checkpoint import SUFFIX as SUFFIX
from .checkpoint import Checkpoint as Checkpoint
from .work import works_of as works_of
