"""Adapts Schemathesis to the local server."""

import os
import re

import hypothesis.strategies as st
import schemathesis

# A push URL can be registered only if the operator allows its host, which no schema can say. The local server allows its own
# machine, and has something that listens there.
ORIGIN = re.escape(os.environ["LOOP_PUSH_ORIGIN"])
schemathesis.openapi.format("uri", st.from_regex(rf"{ORIGIN}/[a-z0-9]{{1,40}}", fullmatch=True))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Names the cookie as the local server does, whose browsers have no TLS."""
    raw_schema["components"]["securitySchemes"]["session"]["name"] = "loop_session"
