"""`mcp`: the books for a program that speaks the Model Context Protocol over its own pipes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from glossator.commands.output import DataOption, house, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from glossator.client import AsyncGlossator
    from glossator.protocols.desk import Desk
    from glossator.settings import Settings


def mcp(
    url: Annotated[
        str | None, typer.Option("--url", help="A running server, in place of the data folder.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option("--token", help="A user's token there (else GLOSSATOR_MCP_TOKEN)."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Serve the books by the Model Context Protocol over standard input and output."""
    import anyio

    configured = settings(data)
    if url is not None:
        kept = configured.mcp_token
        anyio.run(_over_server, url, token or (kept.get_secret_value() if kept else None))
    else:
        anyio.run(_over_folder, configured)


async def _over_folder(configured: Settings) -> None:
    from glossator.accounts.callers import Operator
    from glossator.protocols.desk import RoomsDesk
    from glossator.protocols.doors import Rooms, Visitor
    from glossator.tutor.conversations import Owner
    from glossator.usage.money import Payer

    with house(configured) as built:
        rooms = Rooms(built.database, built.search, built.answering, built.index, built.usage)
        visitor = Visitor(Operator(), Owner(), Payer("operator"), None)
        try:
            await _serve(lambda _: RoomsDesk(rooms, visitor))
        finally:
            await built.models.close()


async def _over_server(url: str, token: str | None) -> None:
    from glossator.client import AsyncGlossator

    async with AsyncGlossator(url, token) as client:
        await _serve(lambda _: ServerDesk(client))


async def _serve(desk: Callable[[Any], Desk]) -> None:
    from mcp.server.stdio import stdio_server

    from glossator.protocols.mcp_server import server

    made = server(desk)
    async with stdio_server() as (reading, writing):
        await made.run(reading, writing, made.create_initialization_options())


class ServerDesk:
    """The desk over another server, by its API."""

    def __init__(self, client: AsyncGlossator) -> None:
        self._client = client

    async def books(self) -> list[dict[str, Any]]:
        """See `Desk`."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            told = await self._told("GET", f"/api/books?page={page}&page_size=100")
            found += told["items"]
            if len(found) >= told["total"] or not told["items"]:
                return [self._absolute(book) for book in found]
            page += 1

    async def chapter(self, book_id: str, chapter_id: str) -> dict[str, Any]:
        """See `Desk`."""
        from urllib.parse import quote

        path = f"/api/chapters/{quote(chapter_id, safe='/@')}?book_id={quote(book_id, safe='')}"
        return self._absolute(await self._told("GET", path))

    async def search(self, body: dict[str, Any]) -> dict[str, Any]:
        """See `Desk`."""
        found = await self._told("POST", "/api/search", body)
        return {**found, "results": [self._absolute(each) for each in found["results"]]}

    async def ask(self, body: dict[str, Any]) -> dict[str, Any]:
        """See `Desk`."""
        told = await self._told("POST", "/api/chat/ask", body)
        shown = {name: [self._absolute(each) for each in told[name]] for name in _CITED}
        return {**told, **shown}

    async def _told(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        from glossator.client import GlossatorFault
        from glossator.foundation.errors import Unavailable

        try:
            told: dict[str, Any] = await self._client.request(method, path, body)
        except GlossatorFault as fault:
            # Its own sentence, whatever it was: the program on the other side reads it.
            raise Unavailable(str(fault)) from fault
        return told

    def _absolute(self, found: dict[str, Any]) -> dict[str, Any]:
        from urllib.parse import urljoin

        url = found.get("url")
        return {**found, "url": urljoin(f"{self._client.url}/", url)} if url else found


_CITED = ("sources", "nearest")
