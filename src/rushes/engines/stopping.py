"""How an engine stops when it is asked to."""

from rushes.engines.base import Cancelled, Context


def go_on(context: Context) -> None:
    """Go on, unless the platform asked to stop; call at every frame or step.

    Raises:
        Cancelled: It did.
    """
    if context.cancelled():
        raise Cancelled
