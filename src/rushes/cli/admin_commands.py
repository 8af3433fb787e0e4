"""The commands under `rushes admin`: their options and help; what a command does is imported when it runs."""

import re
from typing import Annotated

import typer

from rushes.cli.options import AsJson, Home, option, settings_with
from rushes.domain.accounts import Plan, Role

LaneName = Annotated[str, typer.Argument(help="Name of the lane.")]
Cap = Annotated[str, typer.Argument(help="How many may run at once, or none for no limit.")]

admin = typer.Typer(no_args_is_help=True, epilog="Example: rushes admin create-user ada@example.org --admin")
lanes = typer.Typer(epilog="Example: rushes admin lanes --json")
models = typer.Typer(epilog="Example: rushes admin models --json")


@admin.callback()
def look_after() -> None:
    """Look after accounts, lanes and models."""


@admin.command(epilog="Example: rushes admin create-user ada@example.org --plan pro --credits 5000")
def create_user(
    email: Annotated[str, typer.Argument(help="Address to sign in with.")],
    *,
    is_admin: Annotated[bool, typer.Option("--admin", help="Let the account administer the site.")] = False,
    plan: Annotated[Plan, typer.Option(metavar="PLAN", help="Its plan: free or pro.")] = Plan.FREE,
    credits_: Annotated[
        int | None, option("N", "Credits to start with (1000).", "--credits", least=0)
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    home: Home = None,
) -> None:
    """Create an account.

    The password is asked for, or read from standard input.
    """
    from rushes.actions.accounts import Registration
    from rushes.cli.admin import create_user as run
    from rushes.cli.admin import read_password

    settings = settings_with(home=home)
    registration = Registration(
        email=email,
        password=read_password(from_stdin=password_stdin),
        role=Role.ADMIN if is_admin else Role.USER,
        plan=plan,
        credits=settings.signup_credits if credits_ is None else credits_,
    )
    run(settings, registration)


@admin.command(epilog='Example: rushes admin grant ada@example.org 500 --reason "sorry for Monday"')
def grant(
    email: Annotated[str, typer.Argument(help="Address of the account.")],
    amount: Annotated[int, typer.Argument(help="How many to add to its balance.")],
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; the account's owner can read it.")],
    home: Home = None,
) -> None:
    """Give credits to an account.

    The ledger keeps the grant and its reason for ever.
    """
    from rushes.cli.admin import grant as run

    run(settings_with(home=home), email=email, amount=amount, reason=reason)


@lanes.callback(invoke_without_command=True)
def show_lanes(context: typer.Context, *, as_json: AsJson = False, home: Home = None) -> None:
    """Show the lanes, or change one.

    Its jobs wait (queued), rest before a retry (backoff), or run.
    """
    if _has_command(context):
        return
    from rushes.cli.lanes import show_lanes as run

    run(settings_with(home=home), as_json=as_json)


@lanes.command(epilog="Example: rushes admin lanes pause cpu")
def pause(name: LaneName, *, home: Home = None) -> None:
    """Let no job of a lane begin until it is resumed.

    What runs goes on to its end, and new jobs can be submitted; they wait.
    """
    from rushes.cli.lanes import pause as run

    run(settings_with(home=home), name=name)


@lanes.command(epilog="Example: rushes admin lanes resume cpu")
def resume(name: LaneName, *, home: Home = None) -> None:
    """Let the jobs of a paused lane begin again, at once."""
    from rushes.cli.lanes import resume as run

    run(settings_with(home=home), name=name)


@lanes.command("cap", epilog="Example: rushes admin lanes cap cpu 4")
def cap_lane(name: LaneName, cap: Cap, *, home: Home = None) -> None:
    """Limit how many jobs of a lane run at once, on all workers together.

    What runs beyond a lower limit goes on to its end.
    """
    from rushes.cli.lanes import cap_lane as run

    run(settings_with(home=home), name=name, cap=_read_cap(cap))


@models.callback(invoke_without_command=True)
def show_models(context: typer.Context, *, as_json: AsJson = False, home: Home = None) -> None:
    """Show the models, or limit one.

    Its jobs wait (queued), rest before a retry (backoff), or run.
    """
    if _has_command(context):
        return
    from rushes.cli.lanes import show_models as run

    run(settings_with(home=home), as_json=as_json)


@models.command("cap", epilog="Example: rushes admin models cap motion 2")
def cap_model(
    slug: Annotated[str, typer.Argument(help="Slug of the model.")],
    cap: Cap,
    *,
    home: Home = None,
) -> None:
    """Limit how many jobs of a model run at once, on all workers together.

    What runs beyond a lower limit goes on to its end. Other models are not held up.
    """
    from rushes.cli.lanes import cap_model as run

    run(settings_with(home=home), slug=slug, cap=_read_cap(cap))


admin.add_typer(lanes, name="lanes")
admin.add_typer(models, name="models")


def _has_command(context: typer.Context) -> bool:
    if context.invoked_subcommand is None:
        return False
    # An option of the list would be passed over in silence; --home would then mean another database.
    if any(context.params.values()):
        raise typer.BadParameter(f"Options go after {context.invoked_subcommand!r}.")
    return True


def _read_cap(text: str) -> int | None:
    if text == "none":
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise typer.BadParameter(f"{text!r} is neither a number nor none.", param_hint="CAP")
    return int(text)
