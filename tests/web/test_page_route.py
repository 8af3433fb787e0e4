"""Queries that routes read by themselves are read as the framework reads them."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Query
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import QueryParams

from rushes.errors import FieldProblem
from rushes.web.api.job_filters import JobQuery
from rushes.web.errors import field_problems
from rushes.web.page_route import query_reader

read = query_reader(JobQuery)


def framework() -> FastAPI:
    """An application that answers with the query as the framework read it."""
    app = FastAPI()
    app.add_api_route("/", show)
    return app


async def show(query: Annotated[JobQuery, Query()]) -> dict[str, Any]:
    return query.model_dump(mode="json")


async def ask_framework(query: str) -> httpx.Response:
    transport = httpx.ASGITransport(framework())
    async with httpx.AsyncClient(transport=transport, base_url="http://framework") as client:
        return await client.get(f"/?{query}")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "limit=5",
        "limit=3&limit=5",
        "status=failed&status=active",
        "from=2026-01-31T00:00:00Z",
        "since=2026-01-31T00:00:00Z",
        "q=a%20fox&starred=true",
        "unknown=1",
    ],
)
async def test_a_query_means_what_the_framework_makes_of_it(query: str) -> None:
    answer = await ask_framework(query)

    assert answer.json() == read(QueryParams(query)).model_dump(mode="json")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=", "q=", "starred=perhaps", "status=failed&status=lost", "from=today&limit=x"]
)
async def test_a_refused_query_names_the_fields_that_the_framework_names(query: str) -> None:
    answer = await ask_framework(query)

    with pytest.raises(RequestValidationError) as refused:
        read(QueryParams(query))

    assert field_problems(refused.value.errors()) == field_problems(answer.json()["detail"])
    assert refused.value.errors()[0]["loc"][0] == "query"


def test_a_refused_query_is_a_problem_of_its_field() -> None:
    with pytest.raises(RequestValidationError) as refused:
        read(QueryParams("limit=0"))

    (problem,) = field_problems(refused.value.errors())
    assert problem == FieldProblem(field="limit", message="Input should be greater than or equal to 1")
