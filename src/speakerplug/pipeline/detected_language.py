"""Say which language was detected, where that is more likely wrong than right."""

from __future__ import annotations

import logging

from ..plugin.roles import Recognition
from ..system.arguments import named

log = logging.getLogger(__name__)

UNSURE = 0.5
"""A language of a lower probability is announced."""


def tell_unsure_language(recognition: Recognition) -> None:
    """Log one line if the language was detected with a probability below one half."""
    import langcodes

    language, probability = recognition.language, recognition.language_probability
    if language is None or probability is None or probability >= UNSURE:
        return
    name = langcodes.Language.get(language).display_name("en")
    log.warning("Language: %s (%.0f %% sure); %s if that is wrong.", name, 100 * probability, named("language"))
