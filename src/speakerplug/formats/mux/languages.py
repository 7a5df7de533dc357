"""Languages as media files name them: the three letters of ISO 639-2."""

from __future__ import annotations

_NAMES = """
af afr am amh ar ara as asm az aze ba bak be bel bg bul bn ben bo bod br bre bs bos ca cat cs ces cy cym da dan de deu
el ell en eng es spa et est eu eus fa fas fi fin fo fao fr fra ga gle gl glg gu guj ha hau he heb hi hin hr hrv ht hat
hu hun hy hye id ind is isl it ita ja jpn jv jav jw jav ka kat kk kaz km khm kn kan ko kor la lat lb ltz ln lin lo lao
lt lit lv lav mg mlg mi mri mk mkd ml mal mn mon mr mar ms msa mt mlt my mya nb nob ne nep nl nld nn nno no nor oc oci
pa pan pl pol ps pus pt por ro ron ru rus sa san sd snd si sin sk slk sl slv sn sna so som sq sqi sr srp su sun sv swe
sw swa ta tam te tel tg tgk th tha tk tuk tl tgl tr tur tt tat uk ukr ur urd uz uzb vi vie yi yid yo yor yue zho zh zho
"""
_THREE: dict[str, str] = dict(zip(*[iter(_NAMES.split())] * 2, strict=True))


def three_letters(language: str | None) -> str:
    """The name of a language with a code such as `en` or `pt-BR`; `und` for one that is not known."""
    code = (language or "").replace("_", "-").partition("-")[0].lower()
    if code in _THREE:
        return _THREE[code]
    return code if len(code) == 3 and code.isascii() and code.isalpha() else "und"
