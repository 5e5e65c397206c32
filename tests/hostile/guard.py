"""Runs kgzsl within limits of memory and time, with every way to the network closed, and tells what was tried.

``guard.py RECORD kgzsl ARGUMENT…`` is the command line; ``guard.py RECORD read PATH…`` reads each path into a graph and
prints a line of JSON for it. RECORD gets a line for each attempt to reach the network and one for the peak of memory.
"""

import atexit
import json
import resource
import socket
import sys
import time

ADDRESSES, SECONDS = 6 << 30, 60
"""Bytes of address space and seconds of processor that a run may take, whatever it reads."""


def tell(record, line):
    with open(record, "a") as file:
        file.write(line + "\n")


def close_the_network(record):
    def closed(name):
        def refuse(*arguments, **named):
            tell(record, f"network {name} {arguments[1:]!r}")
            raise OSError("the network is closed")

        return refuse

    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, closed(name))
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        setattr(socket, name, closed(name))


def status(name):
    """Return a figure of this process in bytes: VmRSS now, VmHWM at most."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))


def forget_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def read(paths):
    from kgzsl.errors import KgzslError
    from kgzsl.graph import build_graph
    from kgzsl.ontology import read_ontology

    for path in paths:
        forget_peak()
        before, start, told = status("VmRSS"), time.monotonic(), {"path": path}
        print(json.dumps(told), flush=True)
        try:
            ontology = read_ontology(path)
            told |= {"facts": len(list(ontology)), "concepts": len(build_graph(ontology).concepts)}
        except KgzslError as error:
            told |= {"error": str(error), "file": error.file, "line": error.line}
        except BaseException as error:
            told |= {"fault": f"{type(error).__name__}: {error}"[:500]}
        told |= {"grown": status("VmHWM") - before, "seconds": time.monotonic() - start}
        print(json.dumps(told), flush=True)


def main():
    record, mode, *arguments = sys.argv[1:]
    close_the_network(record)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    atexit.register(lambda: tell(record, f"peak {status('VmHWM')}"))
    if mode == "read":
        read(arguments)
        return
    sys.argv = ["kgzsl", *arguments]
    from kgzsl.cli.app import main as kgzsl

    kgzsl()


if __name__ == "__main__":
    main()
