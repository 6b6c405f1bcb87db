"""Deploys the stack into the emulator, and waits until Ctrl-C ends it."""

import signal
import socket
import time

from stack import API_URL, EMULATOR_URL, Stack


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    resolve_names_below_localhost()
    try:
        with Stack():
            print(f"The stack is at {API_URL}, the emulator of AWS at {EMULATOR_URL}. Ctrl-C ends both.", flush=True)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        pass


def resolve_names_below_localhost():
    """Browsers know that every name below localhost is this machine (RFC 6761, section 6.3); Debian's resolver does not."""
    usual = socket.getaddrinfo

    def getaddrinfo(host, *rest, **options):
        is_local = isinstance(host, str) and host.endswith(".localhost")
        return usual("127.0.0.1" if is_local else host, *rest, **options)

    socket.getaddrinfo = getaddrinfo


main()
