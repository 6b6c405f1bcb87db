"""A minute of load, as on a staging stack."""

import json
import os
import subprocess

from stack import OUTPUT, PLAIN_API_URL, ROOT

REPORT = OUTPUT / "load"


def test_a_minute_of_load_has_no_error(stack):
    # Without a push service that the stack could reach, callees poll: docs/loadtest.md.
    done = subprocess.run(
        [os.environ["DEPLOYED_LOADTEST"], "--url", PLAIN_API_URL, "--allow-host", "loop.localhost", "--rate", "30", "--duration", "1m",
         "--max-error-rate", "0%", "--output", REPORT],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    (OUTPUT / "load.log").write_text(done.stdout)
    assert done.returncode == 0, done.stdout[-4000:]
    assert json.loads((REPORT / "result.json").read_text())
