"""Watching one route while everybody asks it: what is answered, what that tells, and what it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from tests.belongings import ids_in
from tests.web.matrix import absent
from tests.web.matrix_routes import Route, Visitor
from tests.web.matrix_world import Cast, target_of


@dataclass(kw_only=True)
class Watch:
    """What was found about one route; nothing if it keeps to the matrix."""

    cast: Cast
    route: Route
    kept: Mapping[str, Any]
    secrets: set[str]
    found: list[str] = field(default_factory=list[str])

    @classmethod
    async def begin(cls, cast: Cast, route: Route) -> Self:
        """Remember what is kept of the owner."""
        kept = await cast.read_owner()
        return cls(cast=cast, route=route, kept=kept, secrets=ids_in(kept))

    async def visit(self, visitor: Visitor) -> None:
        """Have a stranger ask for what is the owner's."""
        async with self.cast.prepared(visitor):
            before = self.kept if visitor is not Visitor.DISABLED else await self.cast.read_owner()
            answer = await self.cast.visit(self.route, visitor)
            after = before if self.route.is_safe else await self.cast.read_owner()
        self._check_status(visitor, answer.status)
        if not (visitor is Visitor.ADMIN and self.route.is_administration):
            self._check_told(visitor, answer.said)
        if after != before and not self._may_change(visitor):
            tables = [name for name in before if before[name] != after[name]]
            self.found.append(f"{visitor} has changed {tables}")
        if visitor is not Visitor.DISABLED:
            self.kept = after

    async def compare(self, visitor: Visitor) -> None:
        """Have a stranger ask for what is the owner's, and for what is nobody's."""
        if visitor is Visitor.ADMIN and self.route.is_administration:
            return
        nothing = absent(self.cast.owner.things)
        his = await self.cast.visit(self.route, visitor)
        nobodys = await self.cast.visit(self.route, visitor, nothing)
        said = (_without(his.said, self.cast.owner.things), _without(nobodys.said, nothing))
        if his.status != nobodys.status or said[0] != said[1]:
            self.found.append(f"{visitor} can tell what is another's from what is not there: {said}")

    async def look_for_traces(self) -> None:
        """Look for what is the owner's among what is kept of the others, and for changes of what is his."""
        for person in (self.cast.other, self.cast.admin):
            rows = await self.cast.read_rows(person)
            if named := ids_in(rows) & self.secrets:
                self.found.append(f"a stranger's rows name {named}")
        if not self._may_change(Visitor.ADMIN) and await self.cast.read_owner() != self.kept:
            self.found.append("somebody has changed something")

    async def ask_as_owner(self, visitor: Visitor) -> None:
        """Have the owner ask."""
        answer = await self.cast.visit(self.route, visitor)
        self._check_status(visitor, answer.status, answer.body)

    def _check_status(self, visitor: Visitor, status: int, body: str = "") -> None:
        if status != (wanted := self.route.status_for(visitor)):
            self.found.append(f"{visitor} is answered with {status}, not {wanted} {body}".strip())

    def _check_told(self, visitor: Visitor, said: str) -> None:
        things = self.cast.owner.things
        shown = [things[name] for name in self.route.shows]
        asked = target_of(self.route, things, is_forged=visitor is Visitor.FORGED)
        named = {
            value for name, value in things.items() if f"${name}'" in f"{self.route.sent}{self.route.headers}"
        }
        if told := (self.secrets & ids_in(said)) - ids_in([asked, named, shown]):
            self.found.append(f"{visitor} is told of {[self._place_of(one) for one in told]}")
        for value in named:
            said = said.replace(value, "")
        if self.cast.owner.marker in said and not (
            self.route.shows_marker and self.route.status_for(visitor) == 200
        ):
            self.found.append(f"{visitor} is shown a mark of the owner: {said}")

    def _may_change(self, visitor: Visitor) -> bool:
        by_right = self.route.is_open and visitor is not Visitor.FORGED
        return by_right or (visitor is Visitor.ADMIN and self.route.is_administration)

    def _place_of(self, one: str) -> str:
        tables = [name for name, rows in self.kept.items() if one in ids_in(rows)]
        return f"{one} (in {', '.join(tables)})"


def _without(said: str, things: Mapping[str, str]) -> str:
    for name, value in sorted(things.items(), key=lambda thing: -len(thing[1])):
        said = said.replace(value, f"<{name}>")
    return said
