"""The codes of languages: those of three letters that an mp4 can carry, and those that Whisper knows."""

from collections.abc import Mapping
from typing import Final

from rushes.errors import EngineRefused

UNDETERMINED: Final = "und"

# ISO 639-1 and ISO 639-2/T, the codes of the Library of Congress's list.
_PAIRS: Final = """
aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul
bi:bis bm:bam bn:ben bo:bod br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces cu:chu cv:chv cy:cym
da:dan de:deu dv:div dz:dzo ee:ewe el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas ff:ful fi:fin fj:fij
fo:fao fr:fra fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv ht:hat
hu:hun hy:hye hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:isl it:ita iu:iku ja:jpn jv:jav
ka:kat kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur kv:kom kw:cor ky:kir
la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mri mk:mkd ml:mal mn:mon
mr:mar ms:msa mt:mlt my:mya na:nau nb:nob nd:nde ne:nep ng:ndo nl:nld nn:nno no:nor nr:nbl nv:nav ny:nya
oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron ru:rus
rw:kin sa:san sc:srd sd:snd se:sme sg:sag si:sin sk:slk sl:slv sm:smo sn:sna so:som sq:sqi sr:srp ss:ssw
st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso
tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid yo:yor
za:zha zh:zho zu:zul
"""
_THREE_LETTERS: Final[Mapping[str, str]] = {pair[:2]: pair[3:] for pair in _PAIRS.split()}
_TWO_LETTERS: Final[Mapping[str, str]] = {three: two for two, three in _THREE_LETTERS.items()}

# The languages of Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022,
# appendix E, as the models' tokens name them.
_SPOKEN: Final = frozenset(
    [
        "af",
        "am",
        "ar",
        "as",
        "az",
        "ba",
        "be",
        "bg",
        "bn",
        "bo",
        "br",
        "bs",
        "ca",
        "cs",
        "cy",
        "da",
        "de",
        "el",
        "en",
        "es",
        "et",
        "eu",
        "fa",
        "fi",
        "fo",
        "fr",
        "gl",
        "gu",
        "ha",
        "haw",
        "he",
        "hi",
        "hr",
        "ht",
        "hu",
        "hy",
        "id",
        "is",
        "it",
        "ja",
        "jw",
        "ka",
        "kk",
        "km",
        "kn",
        "ko",
        "la",
        "lb",
        "ln",
        "lo",
        "lt",
        "lv",
        "mg",
        "mi",
        "mk",
        "ml",
        "mn",
        "mr",
        "ms",
        "mt",
        "my",
        "ne",
        "nl",
        "nn",
        "no",
        "oc",
        "pa",
        "pl",
        "ps",
        "pt",
        "ro",
        "ru",
        "sa",
        "sd",
        "si",
        "sk",
        "sl",
        "sn",
        "so",
        "sq",
        "sr",
        "su",
        "sv",
        "sw",
        "ta",
        "te",
        "tg",
        "th",
        "tk",
        "tl",
        "tr",
        "tt",
        "uk",
        "ur",
        "uz",
        "vi",
        "yi",
        "yo",
        "zh",
    ]
)
_SPOKEN_AS: Final[Mapping[str, str]] = {
    "jv": "jw",
    "nb": "no",
    "fil": "tl",
    "cmn": "zh",
    "yue": "zh",
    "iw": "he",
    "in": "id",
}
"""What Whisper calls otherwise, or takes for a part of; its older models have no Cantonese of its own."""


def track_language(tag: str | None) -> str:
    """Return the code of a BCP 47 tag's language, `und` for none or one that has no such code."""
    primary = (tag or "").partition("-")[0].lower()
    if len(primary) == len(UNDETERMINED):
        return primary
    return _THREE_LETTERS.get(primary, UNDETERMINED)


def spoken_language(tag: str | None) -> str | None:
    """Return what Whisper calls a BCP 47 tag's language; `None` for none: it is then recognised.

    Raises:
        EngineRefused: It does not know the language.
    """
    if tag is None:
        return None
    primary = tag.partition("-")[0].lower()
    short = _TWO_LETTERS.get(primary, primary)
    name = _SPOKEN_AS.get(short, short)
    if name not in _SPOKEN:
        raise EngineRefused(
            f"Transcription does not know the language {primary}; name another one, leave it out to have it "
            "recognised, or upload subtitles."
        )
    return name
