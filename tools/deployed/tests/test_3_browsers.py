"""A call with picture between two browsers, through the pages of the deployed stack."""

import os
import subprocess

from stack import API_URL, OUTPUT, ROOT


def test_two_browsers_see_each_other(stack):
    log = OUTPUT / "browsers.log"
    with log.open("w") as output:
        done = subprocess.run(
            ["node", "--test", "--test-reporter=spec", "tools/deployed/browsers.test.mjs"],
            cwd=ROOT, env={**os.environ, "DEPLOYED_URL": API_URL}, stdout=output, stderr=subprocess.STDOUT,
        )
    assert done.returncode == 0, log.read_text()[-4000:]
