from typing import Any

import pytest

from rushes.db.catalogue import shipped_models
from rushes.domain.jobs import JobType
from rushes.domain.options import OPTIONS
from rushes.domain.schemas import schema_problem
from rushes.engines.registry import ENGINES
from rushes.web.api.job_bodies import DEFAULT_MODELS

SHIPPED = {model.slug: model for model in shipped_models()}
LATER = {JobType.RENDER}
"""What no engine that ships can make."""


@pytest.mark.parametrize("slug", SHIPPED)
def test_options_of_a_shipped_model_are_described_as_an_operator_must_do_it(slug: str) -> None:
    assert schema_problem(SHIPPED[slug].options_schema) is None


@pytest.mark.parametrize("slug", SHIPPED)
def test_options_of_a_shipped_model_are_those_of_what_it_makes(slug: str) -> None:
    model = SHIPPED[slug]

    schema: Any = model.options_schema
    described = [one["title"] for one in schema.get("anyOf", [schema])]
    assert sorted(described) == sorted(OPTIONS[kind].__name__ for kind in model.job_types)


@pytest.mark.parametrize("slug", SHIPPED)
def test_engine_of_a_shipped_model_ships_and_makes_all_that_the_model_does(slug: str) -> None:
    model = SHIPPED[slug]

    assert model.job_types <= ENGINES[model.engine].serves


@pytest.mark.parametrize("job_type", sorted(set(JobType) - LATER))
def test_usual_model_of_a_job_type_ships_and_makes_it(job_type: JobType) -> None:
    assert job_type in SHIPPED[DEFAULT_MODELS[job_type]].job_types
