from dataclasses import replace
from typing import Any

from rushes.db.catalogue import shipped_models
from rushes.domain.catalogue import Model
from rushes.domain.credits import Price, Tariff
from rushes.domain.jobs import JobType
from rushes.domain.options import BaseOptions, Box, Resolution, TextToVideoOptions
from rushes.web.pages.create.option_fields import OptionField, fields_of, flat_values, nested_options

FILM = JobType.TEXT_TO_VIDEO


def make_model(schema: dict[str, Any], *job_types: JobType) -> Model:
    """A model whose options are those of a schema."""
    return replace(shipped_models()[0], options_schema=schema, job_types=frozenset(job_types))


def by_name(fields: tuple[OptionField, ...]) -> dict[str, OptionField]:
    """The fields by their names."""
    return {one.name: one for one in fields}


def test_every_option_of_a_job_type_has_a_field() -> None:
    box = Box(x=0, y=0, width=1, height=1)
    options = BaseOptions(reference_box=box, motion_box=box)

    names = {one.name for one in fields_of(JobType.BASE, None)}

    assert names == set(flat_values(options.model_dump(mode="json")))


def test_a_box_has_a_field_for_each_side_and_says_what_it_is_for() -> None:
    fields = by_name(fields_of(JobType.BASE, None))

    left, width = fields["options.reference_box.x"], fields["options.reference_box.width"]
    assert (left.label, width.label) == ("Reference box: left side", "Reference box: width")
    assert left.hint == "Where the figure's face is in the reference. Its left side. 0 to 1."
    assert (width.low, width.high, width.step, width.default) == ("0.01", "1", "any", "")


def test_a_box_that_a_form_leaves_empty_is_none() -> None:
    values = flat_values(BaseOptions().model_dump(mode="json"))

    assert BaseOptions.model_validate(nested_options(fields_of(JobType.BASE, None), values)) == BaseOptions()


def test_the_schema_of_a_model_leaves_out_and_narrows() -> None:
    seconds = {"type": "number", "minimum": 2, "maximum": 8, "description": "Short."}
    model = make_model({"type": "object", "properties": {"seconds": seconds}}, FILM)

    (field,) = fields_of(FILM, model)

    assert (field.name, field.low, field.high, field.default) == ("options.seconds", "2", "8", "4")
    assert field.hint == "Short. 2 to 8."


def test_the_schema_of_a_model_for_several_types_binds_none_of_them() -> None:
    model = make_model({"type": "object", "properties": {"seconds": {}}}, FILM, JobType.IMAGE)

    assert fields_of(FILM, model) == fields_of(FILM, None)


def test_only_sizes_that_have_a_price_are_offered() -> None:
    price = Price(tariff=Tariff(per_second={Resolution.P480: 5}, minimum=5))
    model = replace(make_model({}, FILM), price=price)

    assert by_name(fields_of(FILM, model))["options.resolution"].choices == ("480p",)


def test_what_works_on_a_parent_has_its_size() -> None:
    assert "options.resolution" not in by_name(fields_of(JobType.UPSCALE, None))


def test_values_of_a_form_are_those_of_the_options_that_filled_it() -> None:
    asked = {"seconds": 2.5, "safety_checker_video": False, "advanced": {"seed": 7, "cfg_scale": 1.5}}
    options = TextToVideoOptions.model_validate(asked)

    values = flat_values(options.model_dump(mode="json"))

    assert TextToVideoOptions.model_validate(nested_options(fields_of(FILM, None), values)) == options
