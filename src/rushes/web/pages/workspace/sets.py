"""A group of jobs, or a job alone, as the workspace shows it: every member with what can be done with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import urlencode

from rushes.domain.folders import WorkspaceSet, place_of
from rushes.domain.jobs import Destination, JobStatus, JobType, is_final
from rushes.domain.media import INPUT_TYPES, Asset, AssetRole
from rushes.web.durations import since_in_words
from rushes.web.pages.cards.card import Card
from rushes.web.pages.cards.tiles import Tile

_FROM_A_PICTURE = (JobType.TEXT_TO_VIDEO, JobType.BASE)
"""Job types that make a video and can begin with a picture: first what needs nothing else but words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownJob:
    """One job at a place of a group, and what it made."""

    card: Card
    output: Asset | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One place of a group: the job that has it now, and those that had it before, newest first.

    `tile` is that of its output. `promotion` is where a video of its picture is asked for; `None` without
    one, and if no model takes it.
    """

    card: Card
    tile: Tile
    earlier: tuple[Card, ...]
    can_rerun: bool
    can_keep: bool
    promotion: str | None

    @classmethod
    def of(cls, jobs: Sequence[ShownJob], offered: frozenset[JobType]) -> Self:
        """Show a place by its jobs, newest first."""
        latest, *earlier = jobs
        job = latest.card.job
        return cls(
            card=latest.card,
            tile=latest.card.tiles[-1],
            earlier=tuple(one.card for one in earlier),
            can_rerun=job.group_id is not None and is_final(job.status),
            can_keep=job.status is JobStatus.COMPLETED and job.destination is Destination.WORKSPACE,
            promotion=_promotion(latest.output, offered),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGroup:
    """Jobs that were made in one press; a job alone is shown as a group of one.

    `done` are the places whose job is completed; `summary` says the same in words.
    """

    id: str
    is_group: bool
    heading: str
    age: str
    created_at: datetime
    members: tuple[Member, ...]
    done: int
    summary: str
    is_live: bool

    @classmethod
    def of(
        cls, shown: WorkspaceSet, jobs: Iterable[ShownJob], *, offered: frozenset[JobType], now: datetime
    ) -> Self:
        """Show a group by all its jobs."""
        oldest_first = sorted(jobs, key=lambda one: (one.card.job.created_at, one.card.job.id))
        places: dict[str, list[ShownJob]] = {}
        for one in oldest_first:
            places.setdefault(place_of(one.card.job), []).insert(0, one)
        members = tuple(Member.of(each, offered) for each in places.values())
        statuses = [member.card.job.status for member in members]
        return cls(
            id=str(shown.id),
            is_group=shown.is_group,
            heading=oldest_first[0].card.heading,
            age=since_in_words(shown.created_at, now=now),
            created_at=shown.created_at,
            members=members,
            done=statuses.count(JobStatus.COMPLETED),
            summary=_summary(statuses),
            is_live=not all(map(is_final, statuses)),
        )


def _summary(statuses: Sequence[JobStatus]) -> str:
    done = f"{statuses.count(JobStatus.COMPLETED)} of {len(statuses)} done"
    wrong = (
        f"{statuses.count(status)} {status}"
        for status in (JobStatus.FAILED, JobStatus.CANCELLED)
        if status in statuses
    )
    return ", ".join([done, *wrong])


def _promotion(output: Asset | None, offered: frozenset[JobType]) -> str | None:
    job_type = next((kind for kind in _FROM_A_PICTURE if kind in offered), None)
    if job_type is None or output is None or output.media_type not in INPUT_TYPES[AssetRole.REFERENCE]:
        return None
    return f"/create?{urlencode({'type': job_type, AssetRole.REFERENCE: output.id})}"
