from itertools import product

import pytest

from rushes.domain.jobs import ACTIVE, TRANSITIONS, JobStatus, is_final, require_transition
from rushes.errors import IllegalTransition

S = JobStatus
PAIRS = list(product(S, S))


@pytest.mark.parametrize(
    ("status", "target"), [(status, target) for status, target in PAIRS if target in TRANSITIONS[status]]
)
def test_legal_change_passes(status: JobStatus, target: JobStatus) -> None:
    require_transition(status, target)


@pytest.mark.parametrize(
    ("status", "target"), [(status, target) for status, target in PAIRS if target not in TRANSITIONS[status]]
)
def test_other_change_is_refused(status: JobStatus, target: JobStatus) -> None:
    with pytest.raises(IllegalTransition, match=f"{status} cannot become {target}"):
        require_transition(status, target)


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(S)


@pytest.mark.parametrize("status", [S.COMPLETED, S.FAILED, S.CANCELLED])
def test_ended_job_is_final_and_not_active(status: JobStatus) -> None:
    assert is_final(status)
    assert status not in ACTIVE


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_active_state_can_always_be_cancelled(status: JobStatus) -> None:
    assert S.CANCELLED in TRANSITIONS[status]
    assert not is_final(status)


@pytest.mark.parametrize("status", [S.COMPLETED, S.CANCELLED])
def test_completed_or_cancelled_job_changes_no_more(status: JobStatus) -> None:
    assert TRANSITIONS[status] == frozenset()
