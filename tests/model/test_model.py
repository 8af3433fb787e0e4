from collections import Counter

from rushes.domain.jobs import JobStatus, Outcome
from tests.model.playing import play
from tests.model.stage import Stage

MACHINES = 35


def test_system_and_model_agree_after_every_step(database_url: str) -> None:
    stage = Stage.open(database_url)
    done: Counter[str] = Counter()

    try:
        play(stage, done, machines=MACHINES, seed=1)
    finally:
        stage.close()

    assert done["steps"] >= 2000
    assert {f"job {status}" for status in JobStatus} <= done.keys()
    assert {f"attempt {outcome}" for outcome in Outcome} <= done.keys()
