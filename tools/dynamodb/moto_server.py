"""moto's server with one request at a time.

The program `moto_server` has a thread for each request, and checks a condition some time before it writes: of two writes with
the same condition at the same moment both may go through, which DynamoDB rules out.
"""

import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple

application = DomainDispatcherApplication(create_backend_app)
run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=False, request_handler=MotoRequestHandler)
