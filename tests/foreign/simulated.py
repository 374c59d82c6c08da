"""What the programs here share: the way to the simulated Plex, the approval of logins, and the report of outcomes."""

import os
import sys
import traceback
from urllib.parse import parse_qsl, urlsplit

# plexapi reads its settings when it is imported. A developer's own must not apply here.
os.environ["PLEXAPI_CONFIG_PATH"] = os.devnull
os.environ["PLEXAPI_HEADER_IDENTIFIER"] = "a-foreign-client"
os.environ["PLEXAPI_HEADER_DEVICE_NAME"] = "Workbench"

import requests
from requests.adapters import HTTPAdapter

ORIGIN = sys.argv[1]


def redirected(url):
    """Moves a URL of plex.tv's to the simulator. What follows the host stays as the client wrote it."""
    parts = urlsplit(url)
    if parts.netloc in ("plex.tv", "clients.plex.tv"):
        return ORIGIN + url[len(f"{parts.scheme}://{parts.netloc}"):]
    # Nothing may reach the real Plex.
    assert parts.hostname == "127.0.0.1", f"a request to {parts.netloc}"
    return url


class Redirect(HTTPAdapter):
    def send(self, request, **options):
        request.url = redirected(request.url)
        return super().send(request, **options)


def redirect_requests():
    """Lets every session of requests, also those that a client opens itself, reach the simulator."""
    initialize = requests.Session.__init__

    def redirected_session(session):
        initialize(session)
        session.trust_env = False
        session.mount("https://", Redirect())
        session.mount("http://", Redirect())

    requests.Session.__init__ = redirected_session


def approve(url):
    """Approves a login on behalf of alice, as a browser does with the page at `url`. Returns the parameters."""
    parts = urlsplit(url)
    same(f"{parts.scheme}://{parts.netloc}", "https://app.plex.tv", "the page's host")
    assert parts.fragment.startswith("!?"), f"no parameters in {url}"
    parameters = dict(parse_qsl(parts.fragment[2:], strict_parsing=True))
    page = requests.get(ORIGIN + parts.path, timeout=10)
    same((page.status_code, page.headers["Content-Type"]), (200, "text/html; charset=utf-8"), f"the page {parts.path}")
    form = {"clientID": parameters["clientID"], "code": parameters["code"]}
    for path in ("/auth/look", "/auth/approve"):
        answer = requests.post(ORIGIN + path, data=form, timeout=10)
        same(answer.status_code, 200, f"the page's request to {path}")
    return parameters


def same(actual, expected, what):
    assert actual == expected, f"{what}:\n  found    {actual!r}\n  expected {expected!r}"


def raised(error, call):
    """Returns what `call` raises, which must be of the type `error`, not of a type derived from it."""
    try:
        result = call()
    except Exception as found:
        if type(found) is error:
            return str(found)
        raise
    raise AssertionError(f"{error.__name__} was expected, but the call returned {result!r}")


class Report:
    """Runs the functions of a client, and prints one line for each of its calls: the client, the call, the outcome."""

    def __init__(self, client):
        self.client = client

    def __call__(self, call, outcome):
        print(f"{self.client:<16} {call:<55} {outcome}", flush=True)

    def run(self, *functions):
        """Runs all functions, also after a failure, and ends the program."""
        failures = 0
        for function in functions:
            try:
                function()
            except Exception as error:
                failures += 1
                self(function.__name__, f"FAILED: {type(error).__name__}")
                traceback.print_exc()
        sys.exit(1 if failures else 0)
