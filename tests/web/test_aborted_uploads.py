import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from rushes.db.listen import listen
from rushes.db.pool import Database
from rushes.web.services import Services
from tests.factories import fetch_value
from tests.web.people import make_person
from tests.web.site import served
from tests.web.uploads import PNG, stored

HEAD = (
    "POST /api/v1/assets?role=reference HTTP/1.1\r\nHost: rushes.test\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 40000\r\n\r\n"
)
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + PNG + bytes(8000)

TELL = """
    CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('uploads', TG_OP);
        RETURN NULL;
    END
    $$
"""
TELL_ALL = "CREATE TRIGGER tell AFTER INSERT OR DELETE ON assets FOR EACH ROW EXECUTE FUNCTION tell()"


async def test_an_upload_that_is_broken_off_leaves_nothing(
    services: Services, owner: Database, folder: Path
) -> None:
    async with owner.transaction() as tx:
        await tx.execute(TELL)
        await tx.execute(TELL_ALL)
    connected, told = asyncio.Event(), asyncio.Queue[str]()
    ears = asyncio.create_task(
        listen(services.listen_url, {"uploads": told.put_nowait}, on_connect=connected.set)
    )

    async with asyncio.timeout(30), served(services) as address, httpx.AsyncClient() as client:
        await connected.wait()
        ada = await make_person(owner, client)
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(address).port)
        writer.write(HEAD.format(token=ada.token).encode() + PART)
        begun = await told.get()
        writer.transport.abort()
        ended = await told.get()
    ears.cancel()

    assert (begun, ended) == ("INSERT", "DELETE")
    assert stored(folder) == []
    assert await fetch_value(owner, "SELECT count(*) FROM assets") == 0
