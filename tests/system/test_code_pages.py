# ruff: noqa: RUF001 - the letters of many scripts stand here on purpose.
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.system.code_pages import encoding_of, unicode_of

SENTENCES = {
    "cp1252": (
        "Café crème, s'il vous plaît.",
        "Où êtes-vous allés ? À l'école, bien sûr.",
        "Ça va ? Très bien, merci.",
        "Für Elise ist schön. Grüße aus München!",
        "¿Dónde está el niño? ¡Mañana por la mañana!",
        "Você não está aqui. As ações são más.",
        "Perché no? È già così.",
        "Blåbær på rødgrød med fløde.",
        "Räksmörgås är gott på stranden.",
        "Þetta er ekki það sem ég sagði.",
        "It’s “fine” – really… €5",
        "Señor Müller",
        "naïve",
        "olé",
    ),
    "cp1250": (
        "Dzień dobry, jak się masz?",
        "Zażółć gęślą jaźń. Nie wiem, co to jest.",
        "Cześć, dziękuję bardzo za pomoc.",
        "Proszę, mów głośniej.",
        "Příliš žluťoučký kůň úpěl ďábelské ódy.",
        "Děkuji, to je všechno, co vím.",
        "Ako sa máš? Ďakujem, dobre. Čo chceš?",
        "Árvíztűrő tükörfúrógép. Nem tudom, hogy mi történt.",
        "Što se dogodilo? Ne znam, čovječe, nećemo doći.",
        "Şi eu ştiu că nu este aşa, mulţumesc.",
    ),
    "iso8859_2": ("Dzień dobry, jak się masz? Proszę, właśnie ąę śćź.", "Příště žádné štěstí, šťastnou cestu."),
    "cp1251": (
        "Привет, мир. Как дела?",
        "Я не знаю, что это такое.",
        "Да.",
        "ПРИВЕТ ВСЕМ",
        "Що ти робиш? Їжак і ґанок.",
        "Добро јутро, како сте?",
    ),
    "koi8_r": ("Привет, мир. Как дела? Я не знаю, что это.",),
    "cp1253": ("Καλημέρα, τι κάνεις; Δεν ξέρω τι είναι.",),
    "cp1254": ("Günaydın, nasılsın? Teşekkür ederim, çok iyiyim. Ağaç değil.", "Bu şey ne için?"),
    "cp1255": ("שלום, מה שלומך? אני לא יודע.",),
    "cp1256": ("مرحبا، كيف حالك؟ أنا لا أعرف ما هذا.",),
    "cp874": ("สวัสดีครับ คุณเป็นอย่างไรบ้าง", "ขอบคุณมาก", "ไม่เป็นไร", "ผมไม่รู้ว่าเกิดอะไรขึ้น", "ดูYouTubeกัน", "OK ครับ"),
    "cp932": ("こんにちは、お元気ですか？", "私は日本人です。", "ありがとう", "東京へ行きます。", "カタカナのテスト"),
    "euc_jp": ("こんにちは、お元気ですか？私は日本人です。",),
    "gb18030": ("你好，世界。", "我不知道你在说什么。", "谢谢你们。", "今天天气很好，我们去公园吧。", "再见！"),
    "big5": ("你好嗎？我不知道你在說什麼。", "今天天氣很好，我們去公園吧。"),
    "cp949": ("안녕하세요, 반갑습니다.", "저는 학생입니다.", "네, 알겠습니다. 고마워요.", "사랑해"),
}


@pytest.mark.parametrize(
    ("encoding", "sentence"), [(encoding, each) for encoding, texts in SENTENCES.items() for each in texts]
)
def test_encoding_of_a_short_text_decodes_it(encoding: str, sentence: str) -> None:
    """One sentence in a code page comes back, whether or not another page has the same letters in the same places."""
    srt = f"1\r\n00:00:01,000 --> 00:00:03,000\r\n{sentence}\r\n".encode(encoding)
    assert srt.decode(encoding_of(srt)) == srt.decode(encoding)


@pytest.mark.parametrize("encoding", SENTENCES)
def test_encoding_of_a_longer_text_decodes_it(encoding: str) -> None:
    """All sentences of a code page together, in several languages of it, come back."""
    text = "\n".join(each for each in SENTENCES[encoding])
    assert text.encode(encoding).decode(encoding_of(text.encode(encoding))) == text


@pytest.mark.parametrize(
    "text", ["1\n00:00:01,000 --> 00:00:03,000\nHi.", "1\n00:00:01,000 --> 00:00:03,000\nПривет, мир."]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encoding_of_unicode_needs_no_mark(encoding: str, text: str) -> None:
    """UTF-8 is tried before every code page; UTF-16 without a mark has a zero in every line break."""
    data = text.encode(encoding)
    assert data.decode(encoding_of(data)) == text


def test_encoding_of_utf_8_with_a_damaged_letter_is_utf_8() -> None:
    """One damaged byte among many whole letters does not turn all of them into others."""
    data = ("déjà vu, là-bas, à côté, très près " * 5).encode() + b"\xe9"
    assert encoding_of(data) == "utf-8"


@given(st.binary(max_size=200))
def test_encoding_of_any_bytes_can_decode_them(data: bytes) -> None:
    """Whatever the file, there is an encoding that Python knows."""
    assert isinstance(data.decode(encoding_of(data), "replace"), str)


def test_unicode_of_ascii_is_unknown() -> None:
    """Without a mark or zeros, the beginning does not tell."""
    assert unicode_of(b"1\n00:00:01,000") is None
