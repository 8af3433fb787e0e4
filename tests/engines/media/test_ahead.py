import threading
from collections.abc import Iterator
from itertools import count, islice

import pytest

from rushes.engines.media.ahead import ahead

PATIENCE = 60.0


class Watched:
    """Counts up; says how far it was drawn, and by which thread."""

    def __init__(self) -> None:
        self.drawn = 0
        self.threads: set[threading.Thread] = set()
        self.at_five = threading.Event()

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        self.threads.add(threading.current_thread())
        self.drawn += 1
        if self.drawn == 5:
            self.at_five.set()
        return self.drawn


def failing_after(items: int) -> Iterator[int]:
    yield from range(items)
    raise ValueError("broken")


def test_all_items_come_in_their_order() -> None:
    with ahead(iter(range(100)), most=3) as found:
        assert list(found) == list(range(100))


def test_items_that_say_nothing_are_items_too() -> None:
    with ahead(iter([None, 0, ""])) as found:
        assert list(found) == [None, 0, ""]


def test_nothing_is_drawn_before_the_first_is_asked_for() -> None:
    items = Watched()

    with ahead(items):
        pass

    assert items.drawn == 0


def test_items_are_drawn_while_one_is_used() -> None:
    items = Watched()

    with ahead(items, most=4) as found:
        first = next(found)

        assert items.at_five.wait(PATIENCE)

    assert first == 1


def test_no_more_are_drawn_than_may_wait() -> None:
    items = Watched()

    with ahead(items, most=4) as found:
        list(islice(found, 10))

    assert 10 <= items.drawn <= 14


def test_items_are_drawn_by_one_other_thread_which_is_gone_at_the_end() -> None:
    items = Watched()

    with ahead(items) as found:
        list(islice(found, 10))

    (thread,) = items.threads
    assert thread is not threading.current_thread()
    assert not thread.is_alive()


def test_an_error_comes_in_its_turn() -> None:
    with ahead(failing_after(3)) as items:
        found = list(islice(items, 3))

        with pytest.raises(ValueError, match="broken"):
            next(items)

    assert found == [0, 1, 2]


def test_an_error_of_the_user_ends_the_drawing() -> None:
    items = Watched()

    with pytest.raises(ValueError, match="item 1"), ahead(items, most=2) as found:
        raise ValueError(f"item {next(found)}")

    (thread,) = items.threads
    assert not thread.is_alive()
    assert items.drawn <= 3


def test_what_is_drawn_can_be_closed_at_the_end() -> None:
    numbers = (number for number in count())

    with ahead(numbers) as found:
        next(found)
    numbers.close()

    assert list(numbers) == []
