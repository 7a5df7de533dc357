"""Makes talk.mp4, a conversation of two synthetic voices, and its reference: talk.words.json and talk.rttm.

    apt-get install libflite1
    python -m pip install av numpy pillow
    python samples/make_talk.py

The voices are flite's `slt` (a woman) and `rms` (a man), built at Carnegie Mellon University from the ARCTIC
recordings and free to use, change and sell; see README.md. Word times are the synthesizer's own: it plans every
phone before it synthesizes it. The same versions of the programs make the same files.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Sound = npt.NDArray[np.float32]

HERE = Path(__file__).parent
VOICE_RATE, SOUND_RATE, PICTURE_RATE = 16_000, 48_000, 15
WIDTH, HEIGHT = 640, 360
PAUSES_S = (0.35, 0.25, 0.45, 0.3, 0.2)
LONGEST_INNER_PAUSE_S = 0.3
TALK = [
    ("Ada", "Hello Ben. Have you ever watched a film with the sound turned off?"),
    ("Ben", "Yes, on a train last week. Without subtitles I would have been completely lost."),
    ("Ada", "Did they tell you who was speaking?"),
    ("Ben", "No, and that was the trouble. Two people were talking in the dark, and they looked the same to me."),
    ("Ada", "That is a pity. Good subtitles show a name whenever another person begins to speak."),
    ("Ben", "But how does a computer know whose voice it hears?"),
    ("Ada", "It listens to the whole recording first. Every voice has its own color, "
            "and it collects the parts that sound alike."),
    ("Ben", "And then it brings the words and the voices together?"),
    ("Ada", "Exactly. Every word has a beginning and an end. It belongs to the voice that was heard at that time."),
    ("Ben", "What happens when both of us talk at once?"),
    ("Ada", "That is the hard part. Then the computer has to choose one of us."),
    ("Ben", "Well, I hope that it will choose me now and then."),
    ("Ada", "We will see. Let us read the subtitles together."),
]  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A speaker: the voice, its factor of slowness, its place in the stereo image and the look of its card."""

    voice: str
    stretch: float
    left: float
    x: int
    color: tuple[int, int, int]


PEOPLE = {
    "Ada": Person("slt", 1.08, 0.6, 170, (255, 170, 90)),
    "Ben": Person("rms", 0.95, 0.4, 470, (110, 190, 255)),
}


@dataclass(frozen=True)
class Word:
    """A word of the reference, with times in seconds."""

    word: str
    start: float
    end: float
    speaker: str


class Wave(ctypes.Structure):
    """flite's cst_wave."""

    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class Voice(ctypes.Structure):
    """The beginning of flite's cst_voice."""

    _fields_ = (("name", ctypes.c_char_p), ("features", ctypes.c_void_p))


class Synthesizer:
    """The required functions of libflite: text in, samples and word times out."""

    POINTERS = ("flite_synth_text", "utt_relation", "relation_head", "item_next")

    def __init__(self) -> None:
        names = ("libflite.so.1", "libflite_cmulex.so.1", "libflite_usenglish.so.1")
        self._flite, *_ = [ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL) for name in names]
        self._flite.flite_init()
        for name in self.POINTERS:
            getattr(self._flite, name).restype = ctypes.c_void_p
        self._flite.utt_wave.restype = ctypes.POINTER(Wave)
        self._flite.flite_ffeature_float.restype = ctypes.c_float
        self._flite.flite_ffeature_string.restype = ctypes.c_char_p
        self._voices = {person.voice: self._load(person) for person in PEOPLE.values()}

    def say(self, text: str, voice: str) -> tuple[Sound, list[tuple[str, float, float]]]:
        """Return the audio of `text` at 16 kHz, and each word as (word, start, end) in seconds."""
        utterance = ctypes.c_void_p(self._flite.flite_synth_text(text.encode(), self._voices[voice]))
        wave = self._flite.utt_wave(utterance).contents
        assert (wave.sample_rate, wave.num_channels) == (VOICE_RATE, 1)
        sound = np.ctypeslib.as_array(wave.samples, (wave.num_samples,)) / np.float32(32_768)
        words = list(self._words(utterance))
        self._flite.delete_utterance(utterance)
        return sound, words

    def _load(self, person: Person) -> ctypes.c_void_p:
        library = ctypes.CDLL(f"libflite_cmu_us_{person.voice}.so.1")
        register = getattr(library, f"register_cmu_us_{person.voice}")
        register.restype = ctypes.POINTER(Voice)
        voice = register(None)
        features = ctypes.c_void_p(voice.contents.features)
        self._flite.flite_feat_set_float(features, b"duration_stretch", ctypes.c_float(person.stretch))
        return ctypes.cast(voice, ctypes.c_void_p)

    def _words(self, utterance: ctypes.c_void_p) -> Iterator[tuple[str, float, float]]:
        """Return the words of the text: each token has words, syllables and phones below it, and phones have times."""
        relation = ctypes.c_void_p(self._flite.utt_relation(utterance, b"Token"))
        token = self._flite.relation_head(relation)
        while token:
            item = ctypes.c_void_p(token)
            name = self._flite.flite_ffeature_string(item, b"name").decode()
            after = self._flite.flite_ffeature_string(item, b"punc").decode()
            sounds = b"R:SylStructure.daughter%b.daughter%b.R:Segment."
            start = self._time(item, b"R:Token.daughter1." + sounds % (b"1", b"1") + b"p.end")
            end = self._time(item, b"R:Token.daughtern." + sounds % (b"n", b"n") + b"end")
            yield name + after.replace("0", ""), start, end
            token = self._flite.item_next(item)

    def _time(self, item: ctypes.c_void_p, path: bytes) -> float:
        return float(self._flite.flite_ffeature_float(item, path))


def converse() -> tuple[Sound, list[Word]]:
    """Return the whole talk at 16 kHz, shape (2, n), and its words."""
    synthesizer = Synthesizer()
    sounds, words, now = [np.zeros((2, VOICE_RATE // 2), np.float32)], [], 0.5
    for turn, (name, text) in enumerate(TALK):
        person = PEOPLE[name]
        sound, spoken = synthesizer.say(text, person.voice)
        first, last = spoken[0][1] - 0.05, spoken[-1][2] + 0.05
        sound = sound[round(first * VOICE_RATE) : round(last * VOICE_RATE)]
        sound *= 0.08 / np.sqrt(np.mean(sound**2))
        pause = np.zeros((2, round(PAUSES_S[turn % len(PAUSES_S)] * VOICE_RATE)), np.float32)
        sounds += [np.stack([2 * person.left * sound, 2 * (1 - person.left) * sound]), pause]
        words += [Word(w, round(now + s - first, 3), round(now + e - first, 3), name) for w, s, e in spoken]
        now += (len(sound) + pause.shape[1]) / VOICE_RATE
    sounds.append(np.zeros((2, VOICE_RATE // 2), np.float32))
    return np.clip(np.concatenate(sounds, axis=1), -1, 1), words


def turns(words: list[Word]) -> list[tuple[float, float, str]]:
    """Return the turns (start, end, speaker), across short pauses."""
    found: list[tuple[float, float, str]] = []
    for word in words:
        if found and found[-1][2] == word.speaker and word.start - found[-1][1] <= LONGEST_INNER_PAUSE_S:
            found[-1] = (found[-1][0], word.end, word.speaker)
        else:
            found.append((word.start, word.end, word.speaker))
    return found


def picture(speaker: str | None, levels: Sound) -> Image.Image:
    """Return one frame: a card for each person, that of the speaker lit, with the recent loudness below."""
    image = Image.new("RGB", (2 * WIDTH, 2 * HEIGHT), (24, 26, 36))
    draw = ImageDraw.Draw(image)
    title = ImageFont.load_default(size=44)
    draw.text((WIDTH, 74), "Who said what?", font=title, fill=(225, 228, 238), anchor="mm")
    for name, person in PEOPLE.items():
        lit = name == speaker
        _card(draw, name, person, lit)
        _bars(draw, person, levels if lit else np.zeros_like(levels))
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _card(draw: ImageDraw.ImageDraw, name: str, person: Person, lit: bool) -> None:
    x, color = 2 * person.x, person.color
    dim = tuple(round(0.25 * part + 0.75 * dark) for part, dark in zip(color, (38, 41, 54), strict=True))
    edge = color if lit else (58, 62, 78)
    draw.rounded_rectangle((x - 220, 150, x + 220, 640), 36, (38, 41, 54), edge, 6 if lit else 3)
    draw.ellipse((x - 110, 200, x + 110, 420), color if lit else dim)
    draw.ellipse((x - 40, 240, x + 40, 320), (38, 41, 54))
    draw.chord((x - 84, 336, x + 84, 520), 180, 360, (38, 41, 54))
    draw.text((x, 478), name, font=ImageFont.load_default(size=52), fill=edge if lit else (140, 145, 160), anchor="mm")


def _bars(draw: ImageDraw.ImageDraw, person: Person, levels: Sound) -> None:
    for number, level in enumerate(levels):
        x, half = 2 * person.x + round((number - (len(levels) - 1) / 2) * 26), 4 + 46 * float(level)
        color = person.color if level > 0 else (70, 75, 92)
        draw.rounded_rectangle((x - 5, 572 - half, x + 5, 572 + half), 5, color)


def pictures(sound: Sound, words: list[Word]) -> Iterator[av.VideoFrame]:
    """Yield the frames of the video; a person stays lit over the short pauses of a turn."""
    step = VOICE_RATE // PICTURE_RATE
    mono = np.abs(sound).max(axis=0)
    loudness = np.array([mono[at : at + step].max() for at in range(0, len(mono), step)], np.float32)
    loudness = np.sqrt(loudness / loudness.max())
    lit = [(start - 0.1, end + 0.1, speaker) for start, end, speaker in turns(words)]
    for number in range(len(loudness)):
        time = number / PICTURE_RATE
        speaker = next((name for start, end, name in lit if start <= time < end), None)
        recent = np.pad(loudness, (8, 0))[number : number + 9]
        image = np.asarray(picture(speaker, np.maximum(recent, 0.01)))
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, PICTURE_RATE)
        yield frame


def film(path: Path, sound: Sound, words: list[Word]) -> None:
    """Write the video: H.264 and AAC, playable while it loads."""
    with av.open(str(path), "w", options={"movflags": "faststart", "fflags": "bitexact"}) as container:
        video = container.add_stream(
            "libx264", rate=PICTURE_RATE, options={"crf": "24", "preset": "slow", "threads": "1"}
        )
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=SOUND_RATE, layout="stereo", bit_rate=80_000)
        for image in pictures(sound, words):
            container.mux(video.encode(image))
        container.mux(video.encode(None))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = VOICE_RATE, 0, Fraction(1, VOICE_RATE)
        resampler = av.AudioResampler("fltp", "stereo", SOUND_RATE)
        for converted in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(audio.encode(converted))
        container.mux(audio.encode(None))


def main() -> None:
    """Write all three files next to this script."""
    sound, words = converse()
    film(HERE / "talk.mp4", sound, words)
    rows = ",\n".join(json.dumps(vars(word)) for word in words)
    (HERE / "talk.words.json").write_text(f"[\n{rows}\n]\n")
    lines = [f"SPEAKER talk 1 {s:.3f} {e - s:.3f} <NA> <NA> {name} <NA> <NA>\n" for s, e, name in turns(words)]
    (HERE / "talk.rttm").write_text("".join(lines))
    print(f"{sound.shape[1] / VOICE_RATE:.1f} s, {len(words)} words, {len(lines)} turns")


if __name__ == "__main__":
    main()
