"""Times resource.connect() of python-plexapi: each line of the input is a list of connections, each of the output the milliseconds.

Started by `cargo bench -p plexauth-testing --bench races`.
"""

import json
import sys
import time
from xml.etree import ElementTree

import requests
from plexapi.exceptions import NotFound
from plexapi.myplex import MyPlexAccount, MyPlexResource


def resource(connections):
    """The resource, as plex.tv describes it."""
    element = ElementTree.Element("resource", {
        "name": "Den", "provides": "server", "owned": "1", "clientIdentifier": "9f0b", "accessToken": "hushhush",
    })
    parent = ElementTree.SubElement(element, "connections")
    for connection in connections:
        ElementTree.SubElement(parent, "connection", {
            "protocol": connection["protocol"], "address": connection["address"], "port": str(connection["port"]),
            "uri": connection["uri"], "local": str(int(connection["local"])), "relay": str(int(connection["relay"])),
        })
    account = MyPlexAccount.__new__(MyPlexAccount)
    account._session = requests.Session()
    return MyPlexResource(account, element)


for line in sys.stdin:
    request = json.loads(line)
    server = resource(request["connections"])
    start = time.monotonic()
    try:
        server.connect(ssl=False, timeout=request["timeout"])
    except NotFound:
        pass
    print((time.monotonic() - start) * 1000, flush=True)
