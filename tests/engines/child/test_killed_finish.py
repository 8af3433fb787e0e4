"""Children that are killed after the engine's own has ended well."""

import asyncio
from pathlib import Path

from rushes.domain.media import AssetRole
from rushes.engines.child.runner import ChildRunner
from rushes.engines.provenance.authority import keep_identity
from rushes.engines.provenance.findings import Verdict
from rushes.engines.provenance.signer import OutputSigner
from rushes.engines.provenance.verifying import verify_file
from tests.engines.driving import Watcher, kill_child, processes_in, request_in, working_in
from tests.engines.fakes import ENGINES


async def test_child_killed_while_it_signs_costs_nobody_his_output(tmp_path: Path) -> None:
    workdir, home = tmp_path / "work", tmp_path / "credentials"
    home.mkdir()
    runner = ChildRunner(engines=ENGINES, signer=OutputSigner(lambda: keep_identity(home)))
    making = asyncio.create_task(runner.run("Good", request_in(workdir), on_event=Watcher()))
    signing = await working_in(workdir, "sign-")

    kill_child(signing)

    product = await making
    output = next(each for each in product.artifacts if each.role is AssetRole.OUTPUT)
    assert not product.signed
    assert output.path.parent == workdir
    assert verify_file(output.path, anchors="").verdict is Verdict.MISSING
    assert processes_in(tmp_path) == []
