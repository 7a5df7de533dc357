"""Sentence ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution.sentence import ends_sentence, period_of


@pytest.mark.parametrize(
    ("text", "following", "ends"),
    [
        ("done.", "Then", True),
        ('"Done!"', "he", True),
        ("wait...", "so", False),
        ("wait...", "So", True),
        ("吗？", "是", True),  # noqa: RUF001 - a full-width question mark is what is meant
        ("ហើយ។", "ខ្ញុំ", True),
        ("ပါ။", "သူ", True),
        ("Dr.", "Who", False),
        ("J.", "Smith", False),
        ("done", "Then", False),
        ('"', "Then", False),
        ("3.5", "Then", False),
        ("10.30", "Uhr", False),
        ("www.example.com", "Then", False),
        ("www.example.com.", "Then", True),
        (".", "Then", True),
        ("1990.", "-", True),
    ],
)
def test_ends_sentence_ignores_titles_and_initials(text: str, following: str, ends: bool) -> None:
    """A period ends a sentence unless a lowercase letter follows, or it belongs to a title or an initial."""
    assert ends_sentence(text, following) is ends


BOUND = {
    "en": "Mr. Smith|Gen. Smith|Ft. Worth|St. Louis|J.K. Rowling|J. Smith|U.S. Supreme|No. 5|e.g. this|i.e. that|"
    "vs. Germany|(Mr. Smith|Capt. Cook|Sen. Warren|p. 12|Ph.D. Miller|vol. 2",
    "de": "29. Juli|3. Platz|Nr. 5|Hr. Müller|Fr. Meier|Dr. Kohl|Prof. Wirth|z. B.|z.B. Äpfel|bzw. Birnen|ca. 20|"
    "S. 12|Abs. 2|1. FC|18. Jahrhundert|d.h. nie|St. Pauli|Hauptstr. 5",
    "fr": "M. Dupont|MM. Dupont|Mme. Durand|J.-P. Dupont|p.ex. Paris|Dr. Knock|p. 3|art. 12|M. Le",
    "es": "Sr. García|Sra. López|Dr. Gil|Ud. Pedro|EE. UU.|D. Juan|p. ej.|núm. 5|pág. 7|Dña. Ana|Sto. Domingo",
    "it": "l'ing. Neri|Sig. Rossi|dott. Bianchi|Prof. Neri|avv. Verdi|art. 5|n. 3|p.es. Roma|rag. Fantozzi",
    "pt": "Sr. Silva|Dra. Souza|nº. 5|p. 4|Eng. Costa|Exmo. Senhor|D. Pedro|p.ex. Lisboa|Profa. Lima",
    "nl": "dhr. Jansen|mw. Bakker|bijv. Utrecht|nr. 5|Drs. Vos|d.w.z. Amsterdam|J. Jansen|St. Nicolaas|mevr. Smit",
    "pl": "np. Kraków|prof. Nowak|5. miejsce|ul. Długa|św. Jan|15. Pułk|tzw. Zachód|nr. 7|dr. Kowalski|m.in. Warszawa",
}
ENDED = {
    "en": "B. Then|U.S. They|a.m. We|etc. But|Inc. The|no. Then|Jr. He|Ph.D. She|29. My|1990. Then|me. Then|St. It",
    "de": "1990. Dann|29. Dann|usw. Aber|Art. Dann|B. Danach|Gen. Dann|Jan. Und|an. Müller",
    "fr": "etc. Mais|1990. Puis|B. Ensuite|Ali. Dupont|29. Juillet",
    "es": "etc. Pero|UU. Después|Ud. Entonces|1990. Luego|no. Cinco",
    "it": "ecc. Ma|1990. Poi|B. Allora|con. Rossi",
    "pt": "etc. Mas|1990. Depois|B. Então|não. Silva",
    "nl": "enz. Maar|1990. Toen|B. Daarna|etc. Hij",
    "pl": "itd. Ale|1990. Potem|5. Potem|Ok. Idziemy",
}


def pairs(cases: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return language, word and following word of each case."""
    return [(code, *case.split(" ")) for code, text in cases.items() for case in text.split("|") if " " in case]


@pytest.mark.parametrize(("code", "text", "following"), pairs(BOUND))
def test_period_of_an_abbreviation_is_bound(code: str, text: str, following: str) -> None:
    """Titles, initials, ordinals and abbreviations before a number are bound to the word that follows."""
    assert period_of(text, following, code) == "bound"


@pytest.mark.parametrize(("code", "text", "following"), pairs(ENDED))
def test_period_before_a_new_sentence_ends_one(code: str, text: str, following: str) -> None:
    """What may stand at the end of a sentence ends one where a word follows that often begins one."""
    assert period_of(text, following, code) == "end"


@pytest.mark.parametrize(
    ("text", "following", "period"),
    [
        ("Mr.", "Smith", "bound"),
        ("Hr.", "Müller", "bound"),
        ("dhr.", "Jansen", "bound"),
        ("29.", "Juli", "bound"),
        ("29.", "She", "end"),
        ("a.m.", "on", "neither"),
        ("etc.", "Smith", "neither"),
        ("on.", "He", "end"),
        ("me.", "Then", "end"),
        ("five.", "People", "end"),
    ],
)
def test_period_of_text_of_unknown_language_knows_all_tables(text: str, following: str, period: str) -> None:
    """Subtitles have no language: abbreviations of all languages count, but no ordinals, except before a month."""
    assert period_of(text, following) == period
    assert period_of(text, following, "sw") == period


def test_period_of_a_regional_code_is_that_of_its_language() -> None:
    """`de-AT` is German."""
    assert period_of("3.", "Platz", "de-AT") == "bound"
    assert period_of("3.", "Platz", "en-GB") == "end"


@given(st.text(min_size=1, max_size=5), st.text(min_size=1, max_size=5), st.sampled_from((None, "de", "en", "pl")))
def test_period_of_any_text_is_known(text: str, following: str, code: str | None) -> None:
    """No text is too odd."""
    assert period_of(text, following, code) in ("end", "bound", "neither")
