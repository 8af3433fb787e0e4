"""Routes of long lists, which call their handlers without the framework's way of finding arguments."""

import inspect
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, get_args, get_origin

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams

from rushes.web.deps import open_visit

_ARGUMENTS = ("request", "visit", "query")


class PageRoute(APIRoute):
    """Calls a handler of `(request, visit: Reading, query: Annotated[Model, Query()])` by itself.

    The framework looks at every dependency and at every field of the query anew for each request, which takes
    as long as the statements of a page. It still documents the route by the handler's signature; handlers
    with other arguments are called by it as ever.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler: it signs in, reads the query, and returns the answer that it is given."""
        endpoint: Any = self.endpoint
        parameters = inspect.signature(endpoint, eval_str=True).parameters
        if tuple(parameters) != _ARGUMENTS:
            return super().get_route_handler()
        read = query_reader(get_args(parameters["query"].annotation)[0])

        async def called(request: Request) -> Response:
            async with open_visit(request) as visit:
                return await endpoint(request, visit, read(request.query_params))

        return called


def query_reader(model: type[BaseModel]) -> Callable[[QueryParams], BaseModel]:
    """Return what reads a query as a model whose fields have one value each, or are lists.

    It raises `RequestValidationError`, as the framework does for a query that the model refuses.
    """
    lists = frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is list
    )

    def read(given: QueryParams) -> BaseModel:
        values: Mapping[str, Any] = {
            name: given.getlist(name) if name in lists else value for name, value in given.items()
        }
        try:
            return model.model_validate(values)
        except ValidationError as error:
            raise RequestValidationError(
                [{**one, "loc": ("query", *one["loc"])} for one in error.errors()]
            ) from error

    return read
