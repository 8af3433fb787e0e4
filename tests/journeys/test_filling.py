"""The account that `rushes demo --fill` makes, smaller."""

from collections import Counter

import pytest

from rushes.cli.filling import fill
from tests.journeys.site import address_of, home, person, rushes

pytestmark = pytest.mark.slow


async def test_filling_leaves_jobs_of_every_fate() -> None:
    with home() as folder:
        async with rushes("up", "--port", "0", "--home", str(folder)) as site:
            address = await address_of(site)
            async with person(address) as ada:
                await fill(address, email="ada@example.org", password="correct horse battery", jobs=18)
                jobs = (await ada.client.get("/api/v1/jobs", params={"limit": 100})).json()["jobs"]

    ends = Counter((job["status"], job["cancelled_reason"]) for job in jobs)
    assert ends["completed", None] >= 11
    assert ends["failed", None] == 1
    assert ends["cancelled", "user"] == 1
    assert ends["cancelled", "deadline"] == 1
    assert {job["error_code"] for job in jobs if job["status"] == "failed"} == {"invalid_input"}
    assert "subtitles" in {job["job_type"] for job in jobs if job["status"] == "pending"}
    assert sorted(Counter(job["group_id"] for job in jobs if job["group_id"]).values()) == [3]
    assert sum(job["starred"] for job in jobs) == 2
    assert sum(job["short_id"] is not None for job in jobs) >= 1
