import contextlib
import time
from pathlib import Path

import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.engines.post.cues import Cue, cut_to, in_turn
from rushes.engines.post.subtitle_files import read_cues, read_text
from rushes.engines.probing.documents import MAX_CUES
from rushes.errors import EngineRefused

TWO = "1\n00:00:00,200 --> 00:00:01,500\nHéllo\n\n2\n00:00:02,000 --> 00:00:03,000\nWörld\nagain\n"
TWO_CUES = (
    Cue(start_ms=200, end_ms=1500, text="Héllo"),
    Cue(start_ms=2000, end_ms=3000, text="Wörld\nagain"),
)


def srt(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def written(path: Path, *, kind: str) -> Path:
    """Write the two subtitles by another library."""
    file = pysubs2.SSAFile()
    for each in TWO_CUES:
        event = pysubs2.SSAEvent(start=each.start_ms, end=each.end_ms)
        event.plaintext = each.text
        file.append(event)
    path.write_text(file.to_string(kind))
    return path


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_cues_are_those_that_another_library_wrote(tmp_path: Path, kind: str) -> None:
    assert read_cues(written(tmp_path / "words", kind=kind)) == TWO_CUES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_cues_are_read_in_the_encodings_that_editors_write(tmp_path: Path, encoding: str) -> None:
    assert read_cues(srt(tmp_path / "a.srt", TWO.encode(encoding))) == TWO_CUES


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_cues_are_read_whatever_ends_a_line(tmp_path: Path, end: str) -> None:
    assert read_cues(srt(tmp_path / "a.srt", TWO.replace("\n", end))) == TWO_CUES


def test_cues_are_parted_when_no_empty_line_parts_them(tmp_path: Path) -> None:
    assert read_cues(srt(tmp_path / "a.srt", TWO.replace("\n\n", "\n"))) == TWO_CUES


def test_only_what_is_read_aloud_is_kept_of_a_webvtt_file(tmp_path: Path) -> None:
    text = (
        "WEBVTT - of a film\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE not shown\n\nintro\n"
        "00:01.000 --> 00:02.500 line:0 align:start\n<v Ada>So <00:00:01.500><c.loud>it &lt; is</c></v>\n\n"
        "NOTE\nneither this\n\n1:00:00.000 --> 1:00:01.000\n- Late\n"
    )

    assert read_cues(srt(tmp_path / "a.vtt", text)) == (
        Cue(start_ms=1000, end_ms=2500, text="So it < is"),
        Cue(start_ms=3_600_000, end_ms=3_601_000, text="- Late"),
    )


def test_tags_are_left_out_and_comparisons_stay(tmp_path: Path) -> None:
    text = '1\n00:00:00,000 --> 00:00:01,000\n{\\an8}<font color="red">2 < 3</font> {x}\n'

    assert read_cues(srt(tmp_path / "a.srt", text))[0].text == "2 < 3 {x}"


def test_cues_come_in_order_of_time(tmp_path: Path) -> None:
    text = "00:00:05,000 --> 00:00:06,000\nlater\n\n00:00:01,000 --> 00:00:02,000\nsooner\n"

    assert [cue.text for cue in read_cues(srt(tmp_path / "a.srt", text))] == ["sooner", "later"]


def test_overlapping_cues_share_the_time_that_both_have() -> None:
    cues = in_turn([Cue(start_ms=0, end_ms=3000, text="sign"), Cue(start_ms=1000, end_ms=2000, text="words")])

    assert cues == (
        Cue(start_ms=0, end_ms=1000, text="sign"),
        Cue(start_ms=1000, end_ms=2000, text="sign\nwords"),
        Cue(start_ms=2000, end_ms=3000, text="sign"),
    )


def test_cues_beyond_the_end_are_cut() -> None:
    cues = [Cue(start_ms=start, end_ms=start + 800, text="x") for start in (0, 1000, 2000)]

    assert [(cue.start_ms, cue.end_ms) for cue in cut_to(cues, 1500)] == [(0, 800), (1000, 1500)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no text"),
        (b" \n\n", "no text"),
        (b"\x00\x01\x02\xff", "no text; save it as text|is no text"),
        (b"\xff\xfea\x00b", "cut off"),
        (b"Just words.\n", "has no subtitles"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n\n", "has no subtitles"),
        (b"WEBVTT\n\n00:01.000 -> 00:02.000\nHi\n", "has no subtitles"),
        (b"1\n00:00:0x,000 --> 00:00:02,000\nHi\n", "has no subtitles"),
        (b"\n\n00:00:01,000 --> soon\nHi\n", r"Line 3 has times that cannot be read"),
        (b"-00:00:01,000 --> 00:00:02,000\nHi\n", r"Line 1 has times"),
        (b"1\n00:00:03,000 --> 00:00:02,000\nHi\n", r"at line 2 ends before it begins"),
        (b"1\n00:00:00,000 --> 00:00:02,000\n" + b"x" * 501, r"at line 2 has more than 500 characters"),
    ],
)
def test_file_is_refused_in_words(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(EngineRefused, match=sentence):
        read_cues(srt(tmp_path / "a.srt", content))


def test_file_is_refused_when_too_many_subtitles_are_shown_at_once(tmp_path: Path) -> None:
    text = "".join(f"00:00:00,00{number} --> 00:00:09,000\n{number}\n\n" for number in range(6))

    with pytest.raises(EngineRefused, match="more than 4 subtitles are shown at once"):
        read_cues(srt(tmp_path / "a.srt", text))


def test_file_is_refused_when_it_has_too_many_subtitles(tmp_path: Path) -> None:
    text = "00:00:00,000 --> 00:00:01,000\nx\n\n" * (MAX_CUES + 1)

    with pytest.raises(EngineRefused, match="split it"):
        read_cues(srt(tmp_path / "a.srt", text))


def test_file_is_refused_when_it_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(EngineRefused, match="more than 2048 KiB"):
        read_text(srt(tmp_path / "a.txt", b"x" * (2 * 1024**2 + 1)))


@pytest.mark.parametrize("piece", ["<a", "{\\", "\n ", "&lt;", "00:00:00,000 --> ", "<" + " " * 50, "1\n"])
def test_file_made_to_be_slow_is_read_or_refused_in_a_second_or_two(tmp_path: Path, piece: str) -> None:
    path = srt(tmp_path / "a.srt", "00:00:00,000 --> 00:00:01,000\n" + piece * (2_000_000 // len(piece)))
    before = time.process_time()

    with pytest.raises(EngineRefused):
        read_cues(path)

    assert time.process_time() - before < 5


pieces = st.sampled_from(
    [
        "\n",
        "\n\n",
        "WEBVTT",
        "00:00:01,000",
        "00:02.5",
        " --> ",
        "1",
        "<i>",
        "{\\an8}",
        "&amp;",
        "é",
        "x y",
        "NOTE",
    ]
)


@settings(deadline=None)
@given(st.lists(pieces, max_size=60).map("".join))
def test_cues_never_overlap_whatever_the_file_says(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = srt(tmp_path_factory.getbasetemp() / "fuzzed.srt", text)

    cues: tuple[Cue, ...] = ()
    with contextlib.suppress(EngineRefused):
        cues = read_cues(path)

    times = [time for cue in cues for time in (cue.start_ms, cue.end_ms)]
    assert times == sorted(times)
    assert all(cue.text.strip() and cue.end_ms > cue.start_ms for cue in cues)


@pytest.mark.parametrize("nothing", ["\u200b", "\u200e", "\u2060", "\u00ad", "\u3164"])
def test_file_whose_subtitles_show_nothing_has_none(tmp_path: Path, nothing: str) -> None:
    path = tmp_path / "words.srt"
    path.write_text(f"00:00:00,000 --> 00:00:01,000\n{nothing}\n", encoding="utf-8")

    with pytest.raises(EngineRefused, match="no subtitles"):
        read_cues(path)
