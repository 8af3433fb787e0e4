from itertools import pairwise

import pytest

from rushes.engines.animatic.shots import plan
from rushes.engines.animatic.timeline import ease, fade_seconds, moment_at

SHOTS = plan("One is here. Two is there. Three is gone.", seconds=9)


def test_each_time_has_its_shot() -> None:
    middles = [(shot.start + shot.end) / 2 for shot in SHOTS]

    moments = [moment_at(SHOTS, middle) for middle in middles]

    assert [moment.shot for moment in moments] == [0, 1, 2]
    assert [moment.presence for moment in moments] == [1, 1, 1]
    assert [moment.age for moment in moments] == pytest.approx([0.5, 0.5, 0.5])


def test_a_card_is_not_there_when_its_shot_begins() -> None:
    assert moment_at(SHOTS, SHOTS[1].start).presence == 0


def test_the_next_background_has_come_when_its_shot_begins() -> None:
    before = moment_at(SHOTS, SHOTS[0].end - 1e-6)

    assert before.shot == 0
    assert before.next_share == pytest.approx(1, abs=1e-6)
    assert before.presence == pytest.approx(0, abs=1e-6)


def test_the_last_card_stays_to_the_end() -> None:
    end = moment_at(SHOTS, SHOTS[-1].end)

    assert (end.shot, end.age, end.presence, end.next_share) == (2, 1, 1, 0)


def test_fades_of_a_short_shot_leave_time_to_read() -> None:
    (shot,) = plan("Brief.", seconds=1)

    assert fade_seconds(shot) <= 0.3


def test_easing_rises_gently_from_nothing_to_all() -> None:
    eased = [ease(step / 20) for step in range(-2, 23)]

    assert eased[:3] == [0, 0, 0]
    assert eased[-3:] == [1, 1, 1]
    assert all(earlier <= later for earlier, later in pairwise(eased))
    assert max(later - earlier for earlier, later in pairwise(eased)) < 0.08
