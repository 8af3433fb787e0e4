from rushes.web.moving_window import MovingWindow


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_more_tries_than_allowed_have_to_wait_for_the_oldest_to_leave_the_minute() -> None:
    clock = Clock()
    window = MovingWindow(clock)
    window.hit("ada", most=2)
    clock.seconds += 10
    window.hit("ada", most=2)
    clock.seconds += 20

    assert window.hit("ada", most=2) == 30


def test_a_refused_try_does_not_count() -> None:
    clock = Clock()
    window = MovingWindow(clock)
    window.hit("ada", most=1)
    clock.seconds += 59
    window.hit("ada", most=1)
    clock.seconds += 1

    assert window.hit("ada", most=1) is None


def test_keys_are_counted_apart() -> None:
    window = MovingWindow(Clock())
    window.hit("ada", most=1)

    assert window.hit("bob", most=1) is None


def test_asking_for_the_wait_counts_nothing() -> None:
    window = MovingWindow(Clock())

    assert [window.wait("ada", most=1), window.wait("ada", most=1)] == [None, None]


def test_who_has_not_tried_for_a_minute_is_forgotten() -> None:
    clock = Clock()
    window = MovingWindow(clock)
    window.hit("ada", most=1)
    clock.seconds += 61

    window.hit("bob", most=1)

    assert len(window) == 1
