import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.client.errors import InvalidAnswer
from rushes.client.sse import EVENT_CHARACTERS, EventParser, ServerEvent


def events_of(*chunks: bytes, seen: str | None = None) -> list[ServerEvent]:
    parser = EventParser(seen)
    return [event for chunk in chunks for event in parser.feed(chunk)]


def event(data: str, *, name: str = "message", seen: str | None = None) -> ServerEvent:
    return ServerEvent(name=name, data=data, last_event_id=seen)


def test_event_has_its_name_data_and_id() -> None:
    found = events_of(b'event: progress\nid: 7\ndata: {"a": 1}\n\n')

    assert found == [event('{"a": 1}', name="progress", seen="7")]


def test_lines_of_data_are_joined() -> None:
    assert events_of(b"data: a\ndata\ndata:b\n\n") == [event("a\n\nb")]


def test_only_one_space_is_taken_from_a_value() -> None:
    assert events_of(b"data:  a \n\n") == [event(" a ")]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_every_end_of_a_line_counts(end: bytes) -> None:
    assert events_of(end.join([b"data: a", b"", b"data: b", b"", b""])) == [event("a"), event("b")]


def test_event_that_ends_in_cr_is_told_at_once() -> None:
    assert events_of(b"data: a\r\r") == [event("a")]


def test_halves_of_a_crlf_are_one_end() -> None:
    assert events_of(b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n") == [event("a\nb")]


def test_comments_and_unknown_fields_are_passed_over() -> None:
    assert events_of(b": keep-alive\n\ncolour: red\ndata: a\n\n") == [event("a")]


def test_event_without_data_is_none() -> None:
    assert events_of(b"event: progress\n\ndata: a\n\n") == [event("a")]


def test_event_that_is_cut_off_is_none() -> None:
    assert events_of(b"data: a\n") == []


def test_id_stays_until_another_comes() -> None:
    found = events_of(b"data: a\n\nid: 8\ndata: b\n\ndata: c\n\nid\ndata: d\n\n", seen="7")

    assert [one.last_event_id for one in found] == ["7", "8", "8", ""]


def test_id_with_a_nul_is_passed_over() -> None:
    assert events_of(b"id: 8\0\ndata: a\n\n", seen="7") == [event("a", seen="7")]


def test_byte_order_mark_is_passed_over_once() -> None:
    assert events_of(b"\xef\xbb", b"\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n") == [event("a")]


@pytest.mark.parametrize(("value", "seconds"), [(b"1500", 1.5), (b"1e3", None), (b"", None)])
def test_wait_before_a_reconnect_is_taken_if_it_is_a_number(value: bytes, seconds: float | None) -> None:
    parser = EventParser()

    parser.feed(b"retry: " + value + b"\n\n")

    assert parser.reconnect_seconds == seconds


@pytest.mark.parametrize("endless", [b"x" * (EVENT_CHARACTERS // 2), b"data: " + b"x" * 999_999 + b"\n"])
def test_stream_that_would_fill_the_memory_is_refused(endless: bytes) -> None:
    with pytest.raises(InvalidAnswer):
        events_of(*[endless] * 6)


@given(
    st.lists(
        st.sampled_from([b"data: \xc3\xa9\n", b"id: 3\r\n", b"event: e\r", b"\n", b"\r", b": c\n", b"\r\n"])
    ),
    st.data(),
)
def test_where_the_bytes_are_cut_makes_no_difference(lines: list[bytes], draw: st.DataObject) -> None:
    whole = b"".join(lines)
    cuts = sorted(draw.draw(st.sets(st.integers(0, len(whole)))))

    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    assert events_of(*pieces) == events_of(whole)
