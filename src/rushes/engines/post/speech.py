"""Speaks a text, where eSpeak NG is installed: a formant synthesiser (Klatt 1980), no model.

It is under the GPL, and so an extra of its own, which is loaded only when a job asks for it.
"""

import array
import ctypes
import importlib
import re
import unicodedata
import wave
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from rushes.errors import EngineError, EngineRefused

INSTALL: Final = "pip install 'rushes[speech]'"

_USUAL_VOICE: Final = "en-us"
_VOICES: Final[Mapping[str, str]] = {
    "ARABIC": "ar",
    "ARMENIAN": "hy",
    "BENGALI": "bn",
    "CJK": "cmn",
    "CYRILLIC": "ru",
    "DEVANAGARI": "hi",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "HANGUL": "ko",
    "HEBREW": "he",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "TAMIL": "ta",
    "THAI": "th",
}
"""Who speaks a text in a script, by the first word of its letters' names."""
_VOICE: Final = re.compile(r"[A-Za-z0-9+_-]{1,40}")

# speak_lib.h of eSpeak NG.
_SYNCHRONOUS: Final = 2
_DO_NOT_EXIT: Final = 0x8000
_BY_CHARACTER: Final = 1
_UTF8: Final = 1
_GO_ON: Final = 0
_STOP: Final = 1
_OK: Final = 0

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def require_voice(voice: str | None) -> None:
    """Refuse what cannot be spoken here.

    Raises:
        EngineRefused: Nothing that speaks is installed, or the voice's name cannot be one.
    """
    _loader()
    if voice is not None and not _VOICE.fullmatch(voice):
        raise EngineRefused(f"There is no voice {voice!r}; name one by its language, like en-us or de.")


def speak(text: str, path: Path, *, voice: str | None, go_on: Callable[[], None]) -> None:
    """Write a text, spoken, as a mono WAV; `go_on` is asked at each piece and may raise to stop.

    `voice` is one of eSpeak NG's: a language by its BCP 47 tag, and a variant, as in `en-us+f3`; `None`
    chooses by the text's script.

    Raises:
        EngineRefused: There is no such voice, or nothing to say.
        EngineError: The synthesiser fails.
    """
    loader = _loader()
    library = ctypes.CDLL(str(loader.get_library_path()))
    folder = str(loader.get_data_path()).encode()
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, folder, _DO_NOT_EXIT)
    if rate <= 0:
        raise EngineError("The voice cannot be loaded; install the extra for speech anew.")
    _choose(library, voice or usual_voice(text))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        _synthesise(library, text, file, go_on)
        if not file.getnframes():
            raise EngineRefused("The text has nothing that can be spoken; write words.")


def usual_voice(text: str) -> str:
    """Return the voice for the script that most of a text's letters are of."""
    names = Counter(unicodedata.name(each, "").partition(" ")[0] for each in text if each.isalpha())
    # Japanese is told by its kana: most of its letters may be those of Chinese.
    scripts = [name for name in ("HIRAGANA", "KATAKANA") if name in names]
    scripts += [name for name, _ in names.most_common(1)]
    return _VOICES.get(scripts[0], _USUAL_VOICE) if scripts else _USUAL_VOICE


def _choose(library: Any, voice: str) -> None:
    language, plus, variant = voice.lower().partition("+")
    names = (language, language.partition("-")[0])
    if not any(library.espeak_SetVoiceByName(f"{name}{plus}{variant}".encode()) == _OK for name in names):
        raise EngineRefused(f"There is no voice {voice!r}; name one by its language, like en-us or de.")


def _synthesise(library: Any, text: str, file: wave.Wave_write, go_on: Callable[[], None]) -> None:
    raised: list[BaseException] = []

    def on_samples(samples: Any, count: int, _events: Any) -> int:
        # An exception must not leave through C: it is kept until we are back.
        try:
            go_on()
            if samples and count > 0:
                file.writeframes(array.array("h", samples[:count]).tobytes())
        except BaseException as error:  # noqa: BLE001 - raised again below
            raised.append(error)
            return _STOP
        return _GO_ON

    callback = _Callback(on_samples)
    library.espeak_SetSynthCallback(callback)
    raw = text.encode() + b"\0"
    status = library.espeak_Synth(raw, ctypes.c_size_t(len(raw)), 0, _BY_CHARACTER, 0, _UTF8, None, None)
    if raised:
        raise raised[0]
    if status != _OK:
        raise EngineError("The text cannot be spoken.")


def _loader() -> ModuleType:
    try:
        return importlib.import_module("espeakng_loader")
    except ImportError as error:
        raise EngineRefused(
            f"Speech is not installed here; ask the operator for it ({INSTALL}), or upload a sound."
        ) from error
