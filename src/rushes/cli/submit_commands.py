"""The commands under `rushes submit`, one for each job type: their options and help."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from rushes.cli.options import AsJson, Output, Url, option
from rushes.domain.jobs import JobType
from rushes.domain.media import INPUT_TYPES, AssetRole

if TYPE_CHECKING:
    from rushes.client import Wanted  # it would cost each --help a tenth of a second

Prompt = Annotated[str | None, option("TEXT", "What it shows; or words to find it by.")]
Model = Annotated[str | None, option("SLUG", "One of `rushes models`.")]
Priority = Annotated[int | None, option("N", "1 (first) to 10; below 5 for the plan pro (5).")]
Key = Annotated[str | None, option("KEY", "A repeat with the same key is the same job.", "--idempotency-key")]
Watch = Annotated[bool, typer.Option("--watch", help="Wait until it has ended.")]
Files = Annotated[
    list[str] | None, option("ROLE=FILE", f"Of these roles: {', '.join(INPUT_TYPES)}. Repeat it.", "--file")
]
Options = Annotated[
    list[str] | None, option("NAME=VALUE", "Such as seconds=4 or advanced.seed=7. Repeat it.", "--option")
]

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
    reference: Annotated[Path, typer.Option(metavar="FILE", help="The picture: png, jpeg or webp.")],
    motion: Annotated[Path, typer.Option(metavar="FILE", help="The video whose motion it follows.")],
    mask: Annotated[Path | None, option("FILE", "White where the figure is.")] = None,
    mode: Annotated[str | None, option("MODE", "cutout (the figure), sheet (all).")] = None,
    resolution: Annotated[str | None, option("480p|720p", "Height class of the output (480p).")] = None,
    quality: Annotated[str | None, option("high|ultra", "How well it is encoded (high).")] = None,
    seed: Annotated[int | None, option("N", "Same seed and inputs, same picture.")] = None,
    steps: Annotated[int | None, option("N", "Refinement steps, 10 to 50 (20).")] = None,
    strength: Annotated[float | None, option("X", "How much of the motion, 0.5 to 2 (1).")] = None,
    prompt: Annotated[str | None, option("TEXT", "Words to find it by.")] = None,
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
    advanced = _given(seed=seed, inference_steps=steps, cfg_scale=strength)
    options = _given(
        resolution=resolution, video_quality=quality, motion_mode=mode, advanced=advanced or None
    )
    wanted: Wanted = {"options": options}
    _add(wanted, prompt=prompt, model=model, priority=priority)
    files = {AssetRole.REFERENCE: reference, AssetRole.MOTION: motion}
    if mask is not None:
        files[AssetRole.MASK] = mask
    _submit(JobType.BASE, wanted, files, url=url, key=key, watch=watch, output=output, as_json=as_json)


def _command(job_type: JobType) -> Callable[..., None]:
    """Return the command of a job type whose options are given by their names."""

    def run(  # noqa: PLR0913  # each is an option of the command
        *,
        prompt: Prompt = None,
        file: Files = None,
        parent: Annotated[str | None, option("JOB", "The job whose output it works on.")] = None,
        with_option: Options = None,
        orientation: Annotated[str | None, option("portrait|landscape", "Of the output.")] = None,
        quality: Annotated[str | None, option("fast|high", "How much care is paid for.")] = None,
        model: Model = None,
        priority: Priority = None,
        key: Key = None,
        watch: Watch = False,
        output: Output = None,
        url: Url = None,
        as_json: AsJson = False,
    ) -> None:
        wanted: Wanted = {"options": _read_options(with_option or ())}
        _add(wanted, prompt=prompt, model=model, priority=priority, parent_job_id=parent)
        _add(wanted, orientation=orientation, quality=quality)
        files = _read_files(file or ())
        _submit(job_type, wanted, files, url=url, key=key, watch=watch, output=output, as_json=as_json)

    return run


for _type, (_help, _example) in _OTHERS.items():
    submit.command(_type, help=_help, epilog=f"Example: rushes submit {_type} {_example}")(_command(_type))


def _submit(
    job_type: JobType,
    wanted: "Wanted",
    files: Mapping[AssetRole, Path],
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


def _add(wanted: Any, **given: object) -> None:
    # The server judges them, and says so in its own words.
    wanted.update(_given(**given))


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _read_files(texts: Sequence[str]) -> dict[AssetRole, Path]:
    files: dict[AssetRole, Path] = {}
    for text in texts:
        role, _, path = text.partition("=")
        if role not in set(INPUT_TYPES) or not path:
            hint = f"{text!r} is no ROLE=FILE with a role of {', '.join(INPUT_TYPES)}."
            raise typer.BadParameter(hint, param_hint="--file")
        files[AssetRole(role)] = Path(path)
    return files


def _read_options(texts: Sequence[str]) -> dict[str, Any]:
    """Return the options; a value that is JSON is what it says, any other is a text."""
    options: dict[str, Any] = {}
    for text in texts:
        path, equals, value = text.partition("=")
        *way, name = path.split(".")
        if not (equals and all([*way, name])):
            raise typer.BadParameter(f"{text!r} is no NAME=VALUE.", param_hint="--option")
        place = options
        for step in way:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                raise typer.BadParameter(f"{path!r} is within a value.", param_hint="--option")
            place = cast("dict[str, Any]", inner)
        place[name] = _read_value(value)
    return options


def _read_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
