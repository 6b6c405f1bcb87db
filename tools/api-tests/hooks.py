"""Adapts Schemathesis to the local server, and says which of its findings are none."""

import os
import re
import urllib.parse

import hypothesis.strategies as st
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import JsonSchemaError, RejectedPositiveData, UndefinedStatusCode

# Most push URLs that are made should be such as can be registered. The local server allows its own machine, and has something
# that listens there.
ORIGIN = re.escape(os.environ["LOOP_PUSH_ORIGIN"])
schemathesis.openapi.format("uri", st.from_regex(rf"{ORIGIN}/[a-z0-9]{{1,40}}", fullmatch=True))

# Most texts that are made should be such as people write.
WRITTEN = st.characters(categories=["L", "Nd", "P", "S"], include_characters=" ")
schemathesis.openapi.format("written", st.text(WRITTEN, min_size=1, max_size=64).filter(str.strip))

# Requests that their schema allows and that are refused rightly, by the message of the response: no schema can say why.
REFUSED_RIGHTLY = [
    # Which characters are refused depends on those beside them.
    r"(remote_id|callee_name): no control characters and no invisible or direction-changing ones",
    # Whether a key is reused depends on earlier requests.
    r"Idempotency-Key: was used with another body before",
]

# What is found when a response is compared with another operation than the one that has made it.
OF_ANOTHER_OPERATION = (AcceptedNegativeData, JsonSchemaError, UndefinedStatusCode)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Names the cookie as the local server does, whose browsers have no TLS, and marks what people write."""
    components = raw_schema["components"]
    components["securitySchemes"]["session"]["name"] = "loop_session"
    for name in ("RemoteId", "CalleeName"):
        components["schemas"][name]["format"] = "written"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Returns whether a failure is one."""
    token = urllib.parse.unquote((case.path_parameters or {}).get("token", ""))
    if ("?" in token or "/" in token) and isinstance(failure, OF_ANOTHER_OPERATION):
        # The gateway looks for the operation when it has decoded the path, and has found another one.
        return False
    if isinstance(failure, AcceptedNegativeData):
        # Schemathesis does not count 413 among the statuses that refuse a request.
        return response.status_code != 413
    if isinstance(failure, RejectedPositiveData):
        message = response.json().get("message", "")
        return not any(re.search(text, message) for text in REFUSED_RIGHTLY)
    return True
