"""Drives the simulated Plex with plexauth, by which Home Assistant logs in: python plexauth_client.py ORIGIN

Known limits, all of plexauth itself:

| call            | outcome                     | reason                                               |
|-----------------|-----------------------------|------------------------------------------------------|
| token()         | KeyError after any error    | It reads the token without looking at the status.    |
| token()         | takes three seconds or more | It waits before the first check too.                 |
| initiate_auth() | strong codes only           | The URL of its request is a constant.                |
"""

import asyncio

import aiohttp
from yarl import URL

from simulated import Report, approve, raised, redirect_requests, redirected, same

redirect_requests()

from plexapi.exceptions import Unauthorized
from plexapi.myplex import MyPlexAccount
from plexauth import PlexAuth

report = Report("plexauth")


async def redirect(request, handler):
    request.url = URL(redirected(str(request.url)), encoded=True)
    return await handler(request)


def client(session):
    """Returns a client with the parameters of Home Assistant."""
    payload = {
        "X-Plex-Device-Name": "Home Assistant", "X-Plex-Version": "2026.1.0", "X-Plex-Product": "Home Assistant",
        "X-Plex-Device": "http://homeassistant.local:8123", "X-Plex-Platform": "Home Assistant",
        "X-Plex-Model": "Plex OAuth",
    }
    return PlexAuth(payload, session, {"Origin": "http://homeassistant.local:8123"})


async def log_in():
    async with aiohttp.ClientSession(middlewares=[redirect]) as session:
        async with client(session) as plex:
            await plex.initiate_auth()
            report("initiate_auth()", "a PIN")
            same(await plex.token(timeout=0), None, "the token before the approval")
            report("token(timeout=0), not approved yet", "None")
            forward_url = "http://homeassistant.local:8123/auth/plex/callback?flow_id=1f2e"
            found = approve(plex.auth_url(forward_url))
            assert len(found.pop("code")) > 4, "the code is a strong one"
            same(found, {"clientID": plex.client_identifier, "forwardUrl": forward_url}, "the parameters of the page")
            report("auth_url(forward_url)", "approved")
            token = await plex.token()
            account = MyPlexAccount(token=token)
            same(account.username, "alice", "the account of the token")
            report("token()", "a token of alice's, which plexapi can use")
            account.signout()
            raised(Unauthorized, lambda: MyPlexAccount(token=token))
            report("MyPlexAccount(token=).signout() of plexapi", "the token is refused")


def login():
    asyncio.run(log_in())


report.run(login)
