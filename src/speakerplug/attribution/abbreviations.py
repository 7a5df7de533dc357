"""Abbreviations of the languages that are subtitled most, and words that often begin a sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """Abbreviations of a language, without their period, in lower case.

    Those of `bound` stand before another word and end no sentence, those of `numbered` none where a number follows.
    Those of `final` end one only where one of the `openers` follows, words that often begin a sentence.
    """

    bound: frozenset[str]
    numbered: frozenset[str]
    final: frozenset[str]
    openers: frozenset[str]


def _language(bound: str, numbered: str, final: str, openers: str) -> Language:
    return Language(*(frozenset(words.split()) for words in (bound, numbered, final, openers)))


LANGUAGES = {
    "en": _language(
        "mr mrs ms messrs dr prof rev fr gen col lt sgt capt cpt cmdr adm maj gov sen rep pres st mt ft vs e.g i.e cf",
        "no nos p pp vol fig ch sec art ca approx jan feb mar apr aug sept sep oct nov dec",
        "inc ltd co corp jr sr etc dept univ ave blvd rd st ft a.m p.m u.s u.k",
        """a after all also an and another any are as at because before both but can could did do does each even every
        everybody everyone first for from had has have he her here his how however i if i'd i'll i'm i've in is it it's
        its just last let let's many maybe my next no nobody not nothing now of on once one or our people perhaps she
        since so some someone sometimes still that that's the their then there there's these they they're this those
        to today tomorrow under until was we we'll we're were what when where which while who why with yes yesterday
        yet you your""",
    ),
    "de": _language(
        "hr fr hrn dr prof dipl ing st sr geb bzw evtl ggf ca inkl exkl vgl sog bspw z.b d.h u.a v.a i.d.r s.o",
        "nr art abs bd kap s str tel abb jan feb apr aug sept okt nov dez",
        "usw etc co mio mrd str jh jhs u.s.a u.s",
        """aber alle allerdings als also am an auch auf außerdem aus bei beide bis da dabei dafür damals damit danach
        dann darum das dein dem den denn der deshalb die dies diese dieser dieses doch dort du ein eine einer eines er
        es euer für ganz genau gestern heute hier ich ihr ihre im immer in inzwischen ist ja jeder jemand jetzt
        jedoch kein können man manche manchmal mein meine mit morgen nach nachdem natürlich nein nicht nichts niemand
        noch nun nur ob oder ohne schon sehr sein seine seit seitdem sie sind so später trotzdem über und uns unser
        viele vielleicht vom von vor war warum was weil wenn wer wie wieder wir wo zu zuerst zum zur""",
    ),
    "fr": _language(
        "m mm mme mmes mlle mlles dr pr prof st ste mgr p.ex cf env hab",
        "no nos n p pp art vol chap fig tél janv févr avr juil sept oct nov déc",
        "etc cie av bd s.a",
        """ah ainsi alors après au aujourd'hui aussi avant avec bon c'est ça ce cela cependant ces cet cette chaque
        comme d'abord dans de depuis des donc du elle elles en encore enfin ensuite est et hier ici il ils j'ai je l'on
        la le les leur lui ma maintenant mais mes moi mon ne non nos notre nous on ou où oui par parce pas pendant
        personne peut-être plus pour pourquoi puis quand que quel quelle qui quoi rien sa sans ses si son sous sur ta
        toi ton tous tout toute très tu un une voilà vos votre vous""",
    ),
    "es": _language(
        "sr sra sres sras srta d dña dr dra prof ud uds vd vds lic ing gral cnel sto sta p.ej ee av avda",
        "no núm n p pág págs art vol cap fig tel ene feb abr ago sept oct nov dic",
        "etc ud uds vd vds uu s.a cía jr a.c d.c",
        """a ahora al algo alguien algunos antes aquí así aunque ayer bueno cada como con cuando de del desde después
        donde el él ella ellas ellos en entonces era es esa ese eso esta está estaba este esto estos fue ha había han
        hasta hay hoy la las le les lo los luego mañana más me mi mientras mis muchos muy nada nadie ni no nos nosotros
        nuestro o para pero por porque pues que qué quién quizás se sí si siempre sin sobre su sus también tampoco te
        tengo tiene todo todos tú tu un una unos y ya yo""",
    ),
    "it": _language(
        "sig sigg sig.ra sig.na dott dott.ssa dr prof prof.ssa avv ing arch geom rag mons gen col s es cfr p.es",
        "n nn p pp pag art vol cap fig tel gen feb mar apr mag giu lug ago set sett ott nov dic",
        "ecc etc s.p.a s.r.l jr a.c d.c u.s.a",
        """a adesso allora alla anche ancora c'è certo che chi ci come con così cosa da dal dalla del dell della di
        domani dopo dove e è ecco era eravamo erano essa gli ha hanno ho i ieri il in infatti insomma invece io l'ho la
        le lei loro lui ma mai me mi mia mio molti nel nella nessuno niente no noi non nostro o oggi ogni ora per perché
        però più poi prima qualcuno quando quasi quella quelle quelli quello questa queste questi questo qui se sei sì
        siamo solo sono sta stato su sua suo tra tu tutti tutto un una uno va voi""",
    ),
    "pt": _language(
        "sr sra srs sras srta d dr dra drs prof profa eng arq exmo exma pe sto sta gen cel p.ex av",
        "no n nº p pág págs art vol cap fig tel jan fev abr ago set out nov dez",
        "etc cia ltda s.a jr a.c d.c eua",
        """a agora ainda algo alguém alguns amanhã antes ao aqui as assim até bem bom cada com como da de depois do e é
        ela elas ele eles em então entretanto era essa esse está estamos estava este eu foi há hoje isso isto já lá
        mais mas me meu meus minha muito na não nada naquela nem ninguém no nós nos nossa nosso o onde ontem os ou
        para pois por porque porém quando quase que quem se sem sempre ser seu seus sim só sua talvez também te tem
        temos tenho todo todos tu tudo um uma você vocês""",
    ),
    "nl": _language(
        "dhr mw mevr mej dr drs ir ing mr prof ds st bijv bv b.v d.w.z m.a.w o.a i.p.v t.o.v ca incl excl vgl resp z.g",
        "nr nrs p pag blz art hfst afb tel jan feb apr aug sept okt nov dec",
        "enz etc jr sr n.v m.b.t e.d e.a",
        """al alle alleen als bij daar daarna dan dat de deze die dit door dus een eerst elk en er ergens geen gisteren
        haar had hallo heb hebben heeft het hier hij hoe hun iedereen iemand ik in is ja je jij jullie kan kijk later
        maar mag mensen met mijn misschien morgen na naar nee niemand niet niets nog nu of om omdat ons onze ook op over
        sinds soms straks te toch toen tot uit u vandaag veel voor vroeger waar waarom want waren was wat we wel
        wie wij wil ze zelfs zij zijn zo zonder""",
    ),
    "pl": _language(
        "p dr hab inż mgr prof gen płk kpt ks św im ul al np tzn tzw tj m.in wg por godz",
        "nr nry s str art ust pkt t rozdz rys tel r w",
        "itd itp etc zł tys mln mld sp r.n.e n.e p.n.e jr",
        """a ale albo ani bardzo bez będzie bo był była było były by chcę choć chyba co coś czy dlaczego dlatego dla do
        dobrze dziś dzisiaj gdy gdzie i ich ja jak jakiś jednak jego jej jest jestem jeszcze jeśli już każdy kiedy kto
        ktoś która które który lecz ludzie ma mam mamy mi mnie może moja moje mój można my na nad nas nasz nawet nic
        nie niech nigdy nikt no o od on ona one oni ono oraz po pod podobno poza potem ponieważ przed przez przy są
        się ta tak także tam te tej ten teraz to trzeba tu tutaj twój ty tylko tym u w wczoraj we wiele wszyscy
        wszystko więc z za żeby zawsze ze znowu że""",
    ),
}
"""The languages that are subtitled most. That of any other text is taken for all of them together."""
ANY = Language(
    *(
        frozenset().union(*(getattr(each, name) for each in LANGUAGES.values()))
        for name in ("bound", "numbered", "final", "openers")
    )
)
WITH_ORDINALS = frozenset({"de", "pl", "cs", "sk", "da", "nb", "no", "nn", "fi", "et", "hu", "hr", "sl", "sr", "tr"})
"""Languages that write a period after an ordinal: `am 29. Juli`."""
MONTHS = frozenset(
    """januar jänner februar märz april mai juni juli august september oktober november dezember stycznia lutego marca
    kwietnia maja czerwca lipca sierpnia września października listopada grudnia""".split()  # noqa: SIM905 - short
)
"""Before one of these, a number with a period is an ordinal in text of unknown language too."""
