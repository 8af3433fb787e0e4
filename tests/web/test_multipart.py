from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.errors import Invalid, InvalidFields, UnsupportedMedia
from rushes.web.multipart import FIELD_BYTES, MultipartForm
from tests.factories import stream

TYPE = "multipart/form-data; boundary=b"


def form(*parts: tuple[str, bytes]) -> bytes:
    """A body with parts, each by its disposition and content."""
    written = [
        b"--b\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content
        for head, content in parts
    ]
    return b"\r\n".join([*written, b"--b--\r\n"])


def cut(body: bytes, size: int) -> AsyncIterator[bytes]:
    """The body in chunks of some bytes."""
    return stream(*(body[at : at + size] for at in range(0, len(body), size)))


async def read_all(body: AsyncIterator[bytes]) -> list[tuple[str, str | None, bytes]]:
    """The parts of a form with their contents."""
    parts = MultipartForm(TYPE, body)
    found: list[tuple[str, str | None, bytes]] = []
    while (part := await parts.next_part()) is not None:
        found.append((part.name, part.file_name, b"".join([chunk async for chunk in part.chunks()])))
    return found


@given(contents=st.lists(st.binary(max_size=300), max_size=4), size=st.integers(1, 400))
async def test_the_parts_are_the_same_however_they_arrive(contents: list[bytes], size: int) -> None:
    body = form(*((f'name="f{at}"; filename="{at}.png"', content) for at, content in enumerate(contents)))

    found = await read_all(cut(body, size))

    assert found == [(f"f{at}", f"{at}.png", content) for at, content in enumerate(contents)]


async def test_a_part_that_nobody_reads_is_skipped() -> None:
    parts = MultipartForm(TYPE, cut(form(('name="a"', b"x" * 999), ('name="b"', b"y")), 10))

    first, second = await parts.next_part(), await parts.next_part()

    assert first is not None
    assert second is not None
    assert (first.name, second.name, await second.text()) == ("a", "b", "y")


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("a.png", "a.png"),
        ("../../a.png", "a.png"),
        ("C:\\photos\\a.png", "a.png"),
        ("Füchse.png", "Füchse.png"),
        ("a\u202epng.exe", "apng.exe"),
        ("", ""),
    ],
)
async def test_a_file_name_keeps_what_can_be_seen(given_name: str, kept: str) -> None:
    ((_, file_name, _),) = await read_all(cut(form((f'name="f"; filename="{given_name}"', b"")), 1000))

    assert file_name == kept


@pytest.mark.parametrize("body", [b"", b"--b", b"--x--\r\n", form(('name="a"', b"x"))[:-8]])
async def test_an_unfinished_form_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid, match="form"):
        await read_all(cut(body, 1000))


@pytest.mark.parametrize("content", [b"x" * (FIELD_BYTES + 1), b"\xff"])
async def test_a_field_is_short_text(content: bytes) -> None:
    part = await MultipartForm(TYPE, cut(form(('name="a"', content)), 1000)).next_part()
    assert part is not None

    with pytest.raises(InvalidFields) as caught:
        await part.text()

    assert [problem.field for problem in caught.value.fields] == ["a"]


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", "multipart/mixed; boundary=b"])
def test_another_type_is_refused(kind: str) -> None:
    with pytest.raises(UnsupportedMedia):
        MultipartForm(kind, stream())
