"""The commands under `rushes submit`, one for each job type: their options and help."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast
from uuid import UUID

import typer

from rushes.cli.options import AsJson, Output, Url, option, read_job_id
from rushes.domain.jobs import JobType
from rushes.domain.media import INPUT_TYPES

if TYPE_CHECKING:
    from rushes.client import Wanted  # it would cost each --help a tenth of a second


def _file(text: str) -> Any:
    """Describe an option that names a file, which must be there."""
    return typer.Option(metavar="FILE", help=text, show_default=False, exists=True, dir_okay=False)


Prompt = Annotated[str | None, option("TEXT", "What it shows; or words to find it by.")]
Model = Annotated[str | None, option("SLUG", "One of `rushes models`.")]
Priority = Annotated[int | None, option("N", "1 (first) to 10; pro: below 5 (5).")]
Key = Annotated[str | None, option("KEY", "A repeat of it is the same job.", "--idempotency-key")]
Watch = Annotated[bool, typer.Option("--watch", help="Wait until it has ended.")]
Files = Annotated[
    list[str] | None, option("ROLE=FILE", f"Of these roles: {', '.join(INPUT_TYPES)}. Repeat it.", "--file")
]
Parent = Annotated[
    UUID | None,
    typer.Option(
        metavar="JOB", help="The job whose output it works on.", show_default=False, parser=read_job_id
    ),
]
Options = Annotated[
    list[str] | None, option("NAME=VALUE", "Such as seconds=4 or advanced.seed=7. Repeat it.", "--option")
]
OtherOptions = Annotated[list[str] | None, option("NAME=VALUE", "Another option. Repeat it.", "--option")]
Fields = Annotated[list[str] | None, option("NAME=VALUE", "Another field of the job. Repeat it.", "--field")]

_OTHERS: Mapping[JobType, tuple[str, str]] = {
    JobType.TEXT_TO_VIDEO: (
        "Make a video after a prompt.",
        '--prompt "A fox." --option seconds=4 -o fox.mp4',
    ),
    JobType.IMAGE: ("Make a picture after a prompt.", '--prompt "A fox." -o fox.png'),
    JobType.RENDER: ("Fill a template with data.", "--file template=intro.zip --file data=words.json"),
    JobType.EXTEND: ("Make a video longer.", "--parent JOB --option seconds=4"),
    JobType.UPSCALE: ("Make a picture or a video larger.", "--parent JOB --option scale=4"),
    JobType.SUBTITLES: ("Give a video subtitles.", "--parent JOB --file subtitles=words.srt"),
    JobType.AUDIO: ("Give a video other sound.", "--parent JOB --file audio=voice.wav --option mix=duck"),
}
"""What each job type but `base` makes, and an example."""

_GIVEN_OTHERWISE = {"job_type", "inputs", "options", "idempotency_key"}
"""Fields that `--field` is not for."""

submit = typer.Typer(no_args_is_help=True, epilog="Example: rushes submit base --help")


@submit.callback()
def make() -> None:
    """Submit a job.

    Its price is held until it has ended.
    """


@submit.command(
    epilog="Example: rushes submit base --reference a.png --motion b.mp4 --watch -o out.mp4",
)
def base(  # noqa: PLR0913  # each is an option of the command
    *,
    reference: Annotated[Path, _file("The picture: png, jpeg or webp.")],
    motion: Annotated[Path, _file("The video whose motion it follows.")],
    mask: Annotated[Path | None, _file("White where the figure is.")] = None,
    mode: Annotated[str | None, option("MODE", "cutout (the figure), sheet (all).")] = None,
    resolution: Annotated[str | None, option("HEIGHT", "480p or 720p (480p).")] = None,
    quality: Annotated[str | None, option("LEVEL", "high or ultra encoding (high).")] = None,
    seed: Annotated[int | None, option("N", "Same seed, same picture.")] = None,
    steps: Annotated[int | None, option("N", "Refinement steps, 10 to 50 (20).")] = None,
    strength: Annotated[float | None, option("X", "Of the motion, 0.5 to 2 (1).")] = None,
    prompt: Annotated[str | None, option("TEXT", "Words to find it by.")] = None,
    with_option: OtherOptions = None,
    field: Fields = None,
    model: Model = None,
    priority: Priority = None,
    key: Key = None,
    watch: Watch = False,
    output: Output = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Let a picture move as in a video.

    With --output it waits too, and downloads what was made.
    """
    options = _given(resolution=resolution, video_quality=quality, motion_mode=mode)
    knobs = _given(seed=seed, inference_steps=steps, cfg_scale=strength)
    options |= {f"advanced.{name}": value for name, value in knobs.items()}
    texts = [*(with_option or ()), *(f"{name}={value}" for name, value in options.items())]
    wanted = _want(_given(prompt=prompt, model=model, priority=priority), texts, field)
    files = _given(reference=reference, motion=motion, mask=mask)
    _submit(JobType.BASE, wanted, files, url=url, key=key, watch=watch, output=output, as_json=as_json)


def _command(job_type: JobType) -> Callable[..., None]:
    """Return the command of a job type whose options are given by their names."""

    def run(  # noqa: PLR0913  # each is an option of the command
        *,
        prompt: Prompt = None,
        file: Files = None,
        parent: Parent = None,
        with_option: Options = None,
        field: Fields = None,
        orientation: Annotated[str | None, option("WAY", "portrait or landscape output.")] = None,
        quality: Annotated[str | None, option("CARE", "fast or high: what care is paid for.")] = None,
        model: Model = None,
        priority: Priority = None,
        key: Key = None,
        watch: Watch = False,
        output: Output = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        named = _given(prompt=prompt, model=model, priority=priority, parent_job_id=parent)
        named |= _given(orientation=orientation, quality=quality)
        wanted = _want(named, with_option, field)
        files = _read_files(file or ())
        _submit(job_type, wanted, files, url=url, key=key, watch=watch, output=output, as_json=as_json)

    return run


for _type, (_help, _example) in _OTHERS.items():
    submit.command(_type, help=_help, epilog=f"Example: rushes submit {_type} {_example}")(_command(_type))


def _submit(
    job_type: JobType,
    wanted: "Wanted",
    files: Mapping[str, Path],
    *,
    url: str | None,
    key: str | None,
    watch: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    from rushes.cli.signing import signed_in
    from rushes.cli.submitting import submit as run

    with signed_in(url) as client:
        run(client, job_type, wanted, files, key=key, watch=watch, output=output, as_json=as_json)


def _want(
    named: Mapping[str, object], options: Sequence[str] | None, fields: Sequence[str] | None
) -> "Wanted":
    # The server judges them, and says so in its own words.
    others = _read_pairs(fields or (), hint="--field")
    if ours := _GIVEN_OTHERWISE & others.keys():
        raise typer.BadParameter(f"{min(ours)!r} is given in another way.", param_hint="--field")
    return cast("Wanted", {**others, **named, "options": _read_pairs(options or (), hint="--option")})


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _read_files(texts: Sequence[str]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for text in texts:
        role, _, path = text.partition("=")
        if role not in set(INPUT_TYPES) or not path:
            hint = f"{text!r} is no ROLE=FILE with a role of {', '.join(INPUT_TYPES)}."
            raise typer.BadParameter(hint, param_hint="--file")
        if not Path(path).is_file():
            raise typer.BadParameter(f"There is no file {path!r}.", param_hint="--file")
        files[role] = Path(path)
    return files


def _read_pairs(texts: Sequence[str], *, hint: str) -> dict[str, Any]:
    """Return what NAME=VALUE texts say; a value that is JSON is what it says, any other is a text."""
    pairs: dict[str, Any] = {}
    for text in texts:
        path, equals, value = text.partition("=")
        *way, name = path.split(".")
        if not (equals and all([*way, name])):
            raise typer.BadParameter(f"{text!r} is no NAME=VALUE.", param_hint=hint)
        place = pairs
        for step in way:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                raise typer.BadParameter(f"{path!r} is within a value.", param_hint=hint)
            place = cast("dict[str, Any]", inner)
        place[name] = _read_value(value)
    return pairs


def _read_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
