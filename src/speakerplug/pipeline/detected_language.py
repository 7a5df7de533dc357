"""Say which language was detected, where that may be wrong."""

from __future__ import annotations

import logging

from ..plugin.roles import Recognition
from ..system.arguments import named

log = logging.getLogger(__name__)

UNSURE = 0.7
"""A language of a lower probability is announced: base takes a Welsh voice for Thai with 0.64."""


def tell_unsure_language(recognition: Recognition) -> None:
    """Log one line if the language was detected with a low probability."""
    import langcodes

    language, probability = recognition.language, recognition.language_probability
    if language is None or probability is None or probability >= UNSURE:
        return
    name = langcodes.Language.get(language).display_name("en")
    log.warning("Language: %s (%.0f %% sure); %s if that is wrong.", name, 100 * probability, named("language"))
