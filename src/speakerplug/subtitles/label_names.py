"""Whether what stands before a colon is a speaker's name: by its form and its words."""

from __future__ import annotations

import re

_MACHINE = re.compile(
    r"(?:speaker|spk|spkr|sprecher(?:in)?|locuteur|intervenant|hablante|orador|falante|parlante|spreker|говорящий|"
    r"спикер|mówca|说话人|話者|화자)[\s_#-]{0,2}(?:\d{1,4}|[a-z])|speaker|unknown(?:[\s_]speaker)?",
    re.I,
)
_ASIDE = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_NUMBERED = re.compile(
    r"(.*?)[\s#.]*(?:\d+|[ivx]{2,5}|\s(?:one|two|three|four|five|six|seven|eight|nine|ten))?", re.I | re.S
)
_SPEECH = (
    "said says say asked asks thought told wrote replied answered is are was sagte fragte ist dijo dice dit est disse"
)
_VERBS = frozenset(_SPEECH.split())
_SMALL = "de da do das dos del della di la le van der den von zu bin ibn al el of the and y e i und et"
_PARTICLES = frozenset(_SMALL.split())
_PROSE = """
note notes warning caution attention important reminder remember question answer example tip tips hint fact facts
conclusion summary result results problem solution update news breaking quote chapter part section step rule point
title subtitle topic lesson day today tomorrow yesterday tonight now first second third fourth fifth last next finally
so and but or then well ok okay yes no look listen again also plus ps p.s disclaimer spoiler source sources time date
place subject re fwd total score final option case figure table slide page item task goal idea method subtitles
monday tuesday wednesday thursday friday saturday sunday morning afternoon evening scene act episode season round
montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche
captions translation translated sync synced corrections music song singing lyrics applause laughter laughs laughing
cheering silence inaudible crosstalk noise sighs coughs beep phone text sign caption credits hinweis achtung wichtig
frage antwort beispiel fazit kapitel teil schritt heute morgen erstens zweitens drittens musik lachen gelächter
applaus untertitel nota atención importante pregunta respuesta ejemplo capítulo parte paso hoy mañana primero segundo
tercero música risas aplausos subtítulos réponse exemple chapitre partie étape aujourd'hui demain musique rires
applaudissements remarque conseil résumé rappel attenzione domanda risposta esempio capitolo oggi domani musica risate
applausi sottotitoli atenção pergunta exemplo hoje amanhã примечание внимание вопрос ответ пример глава часть шаг
сегодня музыка смех
"""
NO_NAMES = frozenset(_PROSE.split())
"""Words, without case, before a colon in prose, and sounds between brackets."""


def is_machine_name(name: str) -> bool:
    """Return whether only a program names speakers like this."""
    return _MACHINE.fullmatch(name) is not None


def may_be_name(name: str) -> bool:
    """Return whether it may be a name at all: no sentence, and no word that stands before a colon in prose."""
    numbered = _NUMBERED.fullmatch(name.casefold())
    prose = NO_NAMES & {name.casefold(), (numbered[1] if numbered else "").strip()}
    is_prose = bool(prose) or bool(set(name) & set("?!…¿¡")) or name.rpartition(" ")[2] in _VERBS
    return not is_prose and any(map(str.isalpha, name))


def is_likely_name(name: str) -> bool:
    """Return whether it is a name by its words: up to four, each with a capital letter or in a script without."""
    words = [word for word in _ASIDE.sub("", name).split() if word.lower() not in _PARTICLES]
    firsts = [char for word in words for char in [next(filter(str.isalnum, word), "")] if char]
    ends_inside = any(word[-1] in ".;" and len(word) > 4 for word in words[:-1])
    is_name = 0 < len(firsts) <= 4 and not any(map(str.islower, firsts))
    return is_name and may_be_name(name) and not ends_inside


def has_phrase(name: str) -> bool:
    """Return whether several of its words are lowercase, as in "I told him this"."""
    words = _ASIDE.sub("", name).split()
    return sum(word[0].islower() and word not in _PARTICLES for word in words[1:]) > 1
