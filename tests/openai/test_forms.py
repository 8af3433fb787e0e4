import base64
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.errors import Invalid, InvalidFields
from rushes.web.openai.brackets import nest
from rushes.web.openai.data_urls import decode
from rushes.web.openai.refusals import is_asked
from rushes.web.openai.sizes import Size, size_of


async def in_pieces(text: bytes, length: int) -> AsyncIterator[bytes]:
    """The text as it may arrive."""
    for start in range(0, len(text), length):
        yield text[start : start + length]


def test_names_with_brackets_are_places_in_a_document() -> None:
    entries = [
        ("prompt", "A fox."),
        ("advanced[seed]", "7"),
        ("advanced[deep][er]", "8"),
        ("tags[]", "red"),
        ("tags[]", "blue"),
        ("metadata[list][]", "x"),
    ]

    assert nest(entries) == {
        "prompt": "A fox.",
        "advanced": {"seed": "7", "deep": {"er": "8"}},
        "tags": ["red", "blue"],
        "metadata": {"list": ["x"]},
    }


@pytest.mark.parametrize("name", ["", "[]", "[a]", "a[", "a]b", "a[b]c"])
def test_other_names_are_taken_as_they_are(name: str) -> None:
    assert nest([(name, "x")]) == {name: "x"}


@pytest.mark.parametrize(
    "names", [("a", "a"), ("a", "a[b]"), ("a[b]", "a"), ("a[]", "a[b]"), ("a[b]", "a[]"), ("a", "a[]")]
)
def test_a_name_given_in_two_ways_is_refused(names: tuple[str, str]) -> None:
    with pytest.raises(InvalidFields) as caught:
        nest((name, "x") for name in names)

    assert caught.value.fields[0].field == names[1]


def test_a_deep_name_is_refused() -> None:
    with pytest.raises(InvalidFields):
        nest([("a" + "[b]" * 1000, "x")])


@given(st.binary(max_size=300), st.integers(1, 40))
async def test_a_data_url_is_decoded_however_it_arrives(content: bytes, length: int) -> None:
    url = b"data:image/png;base64," + base64.b64encode(content)

    decoded = b"".join([chunk async for chunk in decode(in_pieces(url, length))])

    assert decoded == content


@pytest.mark.parametrize(
    "url",
    [
        b"",
        b"data:",
        b"data:image/png,abc",
        b"data:image/png;base64",
        b"https://example.org/,",
        b"data:image/png;base64,a",
        b"data:image/png;base64,ab!=",
        b"data:image/png;base64,YQ==YQ==",
        b"data:image/png;base64,YWJj\n",
        b"data:" + b"x" * 5000,
    ],
)
@pytest.mark.parametrize("length", [1, 7, 10_000])
async def test_what_is_no_data_url_is_refused(url: bytes, length: int) -> None:
    with pytest.raises(Invalid):
        async for _ in decode(in_pieces(url, length)):
            pass


@pytest.mark.parametrize("size", Size)
def test_a_size_is_that_of_its_parts(size: Size) -> None:
    assert size_of(size.resolution, size.orientation) is size


@pytest.mark.parametrize("path", ["/v1", "/v1/x", "/v1/videos/1"])
def test_the_dialect_knows_its_paths(path: str) -> None:
    assert is_asked(path)


@pytest.mark.parametrize("path", ["/v10", "/api/v1/jobs", "/", "/videos"])
def test_the_dialect_leaves_other_paths_alone(path: str) -> None:
    assert not is_asked(path)
