"""Drives the simulated Plex with python-plexapi: python plexapi_client.py ORIGIN

Known limits, all of plexapi itself:

| call                                   | outcome                              | reason                               |
|----------------------------------------|--------------------------------------|--------------------------------------|
| any with an expired token              | TypeError                            | It looks up the name of the status   |
|                                        |                                      | in requests, which has none for 498. |
| MyPlexAccount(code=a wrong one)        | TwoFactorRequired, as without a code | It looks for the words "verification |
|                                        |                                      | code" only.                          |
| account.profileDefaultSubtitleForces   | None                                 | It misspells defaultSubtitleForced.  |
| MyPlexPinLogin, after any error        | expired                              | It does not tell exceptions apart,   |
|                                        |                                      | not even a 429.                      |
| resource.connect()                     | whatever answers                     | It does not compare machine          |
|                                        |                                      | identifiers.                         |
| resource.connect() with a JWT, to a    | NotFound                             | It has only the account's token, and |
| server that takes none                 |                                      | does not ask for another.            |
| jwtlogin.verifyJWT(), after the key    | True                                 | It checks the JWT by itself, and     |
| was replaced                           |                                      | does not ask plex.tv.                |
| users, home users, devices             | XML of the old API                   | It does not use /api/v2 for these.   |
| inviteFriend, setPin, webhooks,        | not called                           | They log nobody in or out.           |
| watchlist, libraries and the like      |                                      |                                      |
"""

import os
import tempfile
import time
from datetime import datetime

from simulated import Report, approve, raised, redirect_requests, same

redirect_requests()

import plexapi
from plexapi.exceptions import BadRequest, NotFound, TwoFactorRequired, Unauthorized
from plexapi.myplex import MyPlexAccount, MyPlexJWTLogin, MyPlexPinLogin
from plexapi.server import PlexServer

report = Report("plexapi")

ALICE = {
    "id": 1, "uuid": "0000000000000001", "username": "alice", "title": "alice", "email": "alice@example.com",
    "friendlyName": "", "country": "AT", "confirmed": True, "emailOnlyAuth": False, "hasPassword": True,
    "protected": False, "restricted": False, "guest": False, "home": True, "homeAdmin": True, "homeSize": 3,
    "maxHomeSize": 15, "twoFactorEnabled": False, "backupCodesCreated": False, "experimentalFeatures": False,
    "mailingListActive": False, "mailingListStatus": "unsubscribed", "joinedAt": datetime.fromtimestamp(1_556_281_940),
    "subscriptionActive": True, "subscriptionStatus": "Active", "subscriptionPlan": "lifetime",
    "subscriptionDescription": "Lifetime Plex Pass", "profileAutoSelectAudio": True,
    "profileDefaultAudioLanguage": "en", "profileDefaultSubtitleLanguage": "en", "profileAutoSelectSubtitle": 1,
    "profileDefaultSubtitleAccessibility": 0, "profileDefaultSubtitleForces": None,
    "subscriptionFeatures": [f"feature-{number}" for number in range(1, 48)], "entitlements": [], "roles": ["beta"],
}
SCOPES = {"username": "alice", "email": "alice@example.com", "friendly_name": "alice", "restricted": False,
          "anonymous": False, "joinedAt": 1_556_281_940}


def use_device(identifier):
    """Makes all requests from now on those of another device. Plex gives a device one token, and one key."""
    plexapi.BASE_HEADERS["X-Plex-Client-Identifier"] = identifier


def attributes(found, names):
    return {name: getattr(found, name) for name in names}


def sign_in():
    account = MyPlexAccount("alice", "correct horse")
    same(attributes(account, ALICE), ALICE, "the account")
    assert account.authToken and account.authToken != "token-alice", "the sign-in issues a new token"
    report("MyPlexAccount(username, password)", f"{account.username}, {account.subscriptionDescription}")
    again = MyPlexAccount("alice@example.com", "correct horse", remember=False)
    same(again.uuid, account.uuid, "the account by email address")
    report("MyPlexAccount(email, password, remember=False)", again.username)
    error = raised(Unauthorized, lambda: MyPlexAccount("alice", "wrong"))
    assert error.startswith("(401) unauthorized; ") and "User could not be authenticated" in error, error
    report("MyPlexAccount(username, wrong password)", "Unauthorized, 401")
    error = raised(Unauthorized, lambda: MyPlexAccount("carol", "tr0ub4dor"))
    assert error.startswith("(401) unauthorized; "), error
    same(MyPlexAccount("carol@example.com", "tr0ub4dor").username, "carol", "the account that wants an email address")
    report("MyPlexAccount of an account with emailOnlyAuth", "Unauthorized by user name, carol by email address")


def two_factor():
    error = raised(TwoFactorRequired, lambda: MyPlexAccount("bob", "battery staple"))
    assert "Please enter the verification code" in error, error
    report("MyPlexAccount without the code", "TwoFactorRequired, 401")
    error = raised(TwoFactorRequired, lambda: MyPlexAccount("bob", "battery staple", code="000000"))
    assert "Invalid verification code" in error, error
    report("MyPlexAccount(code=a wrong one)", "TwoFactorRequired, 401 (a limit)")
    bob = MyPlexAccount("bob", "battery staple", code=123456)
    same((bob.username, bob.twoFactorEnabled, bob.backupCodesCreated), ("bob", True, True), "the account")
    report("MyPlexAccount(code=123456)", "bob, with twoFactorEnabled")


def tokens():
    account = MyPlexAccount(token="token-alice")
    same(attributes(account, ALICE), ALICE, "the account")
    same(account.authToken, "token-alice", "the token")
    report("MyPlexAccount(token=)", account.username)
    kid = MyPlexAccount(token="token-kid")
    found = attributes(kid, ["id", "title", "username", "email", "restricted", "homeAdmin", "subscriptionActive"])
    expected = {"id": 4, "title": "Kid", "username": "", "email": "", "restricted": True, "homeAdmin": False,
                "subscriptionActive": False}
    same(found, expected, "the managed user")
    report("MyPlexAccount(token= of a managed user)", "Kid, restricted")
    error = raised(Unauthorized, lambda: MyPlexAccount(token="token-unknown"))
    assert error.startswith("(401) unauthorized; "), error
    report("MyPlexAccount(token= an unknown one)", "Unauthorized, 401")
    raised(TypeError, lambda: MyPlexAccount(token="token-expired"))
    report("MyPlexAccount(token= an expired one)", "TypeError for the 498 (a limit)")
    same(account.reload().username, "alice", "the account, loaded again")
    report("account.reload()", account.username)
    same(account.ping(), True, "the answer to a ping")
    report("account.ping()", "True")
    claim = account.claimToken()
    assert claim.startswith("claim-"), claim
    assert account.claimToken() != claim, "each claim token is new"
    report("account.claimToken()", "claim-…, a new one each time")


def pin_by_code():
    phone = MyPlexAccount("alice", "correct horse")
    television = {"X-Plex-Client-Identifier": "a-television", "X-Plex-Device-Name": "Küche"}
    login = MyPlexPinLogin(headers=television)
    assert len(login.pin) == 4, login.pin
    same(login.checkLogin(), False, "the check before the approval")
    same(phone.link(login.pin), None, "the link")
    report("account.link(pin)", "linked")
    time.sleep(login.POLLINTERVAL)
    same(login.checkLogin(), True, "the check after the approval")
    same(MyPlexAccount(token=login.token).username, "alice", "the account of the token")
    report("MyPlexPinLogin(headers=): pin, checkLogin()", "False, then True and a token of alice's")
    called_with = []
    login = MyPlexPinLogin(headers=television)
    login.run(called_with.append, timeout=20)
    phone.link(login.pin.lower())
    same(login.waitForLogin(), True, "the result of the login")
    same((called_with, login.finished, login.expired), ([login.token], True, False), "the state after the login")
    same(MyPlexAccount(token=login.token).username, "alice", "the account of the token")
    report("MyPlexPinLogin(): run(callback), waitForLogin()", "True, the callback has the token")
    login = MyPlexPinLogin()
    login.run(timeout=1)
    same((login.waitForLogin(), login.token, login.finished), (False, None, True), "a login that nobody approves")
    report("MyPlexPinLogin(): run(timeout=1), nobody approves", "False")
    error = raised(NotFound, lambda: phone.link("none"))
    assert error.startswith("(404) not_found; "), error
    report("account.link(an unknown code)", "NotFound, 404")


def pin_by_url():
    use_device("a-browser")
    login = MyPlexPinLogin(oauth=True)
    login.run(timeout=20)
    found = approve(login.oauthUrl("https://app.example/done?a=b&c=d e"))
    code = found.pop("code")
    assert len(code) > 4, f"the code is {code}"
    expected = {
        "clientID": "a-browser", "context[device][product]": plexapi.X_PLEX_PRODUCT,
        "context[device][version]": plexapi.X_PLEX_VERSION, "context[device][platform]": plexapi.X_PLEX_PLATFORM,
        "context[device][platformVersion]": plexapi.X_PLEX_PLATFORM_VERSION,
        "context[device][device]": plexapi.X_PLEX_DEVICE, "context[device][deviceName]": plexapi.X_PLEX_DEVICE_NAME,
        "forwardUrl": "https://app.example/done?a=b&c=d e",
    }
    same(found, expected, "the parameters of the page")
    same(login.waitForLogin(), True, "the result of the login")
    same(MyPlexAccount(token=login.token).username, "alice", "the account of the token")
    report("MyPlexPinLogin(oauth=True): oauthUrl(), waitForLogin()", "True and a token of alice's")


def check_jwt(login, scopes):
    """Asserts all claims of the JWT, which plexapi has verified with the keys of plex.tv."""
    claims = login.decodedJWT
    assert claims.pop("jti", "absent") != "", "the identifier of the JWT is empty"
    issued, expires = claims.pop("iat"), claims.pop("exp")
    assert abs(issued - time.time()) < 60, f"issued at {issued}"
    same(expires - issued, 7 * 86_400, "the lifetime of the JWT")
    expected = {"iss": "plex.tv", "aud": ["plex.tv", login._clientIdentifier], "thumbprint": login._keyID,
                "user": {"id": 1}}
    same(claims, expected | {scope: SCOPES[scope] for scope in scopes}, "the claims")
    account = MyPlexAccount(token=login.jwtToken)
    same((account.username, account.authToken), ("alice", login.jwtToken), "the account of the JWT")


def jwt_by_url():
    use_device("a-browser-with-a-key")
    login = MyPlexJWTLogin(oauth=True)
    login.generateKeypair()
    login.run(timeout=20)
    approve(login.oauthUrl())
    same(login.waitForLogin(), True, "the result of the login")
    check_jwt(login, SCOPES)
    report("MyPlexJWTLogin(oauth=True): run(), waitForLogin()", "True, a JWT with all scopes")
    same(login.verifyJWT(), True, "the verification")
    same(login.verifyJWT(refreshWithinDays=8), False, "the verification of a JWT for longer than it lives")
    report("jwtlogin.verifyJWT()", "True, and False for eight days ahead")
    account = MyPlexAccount(token=login.jwtToken)
    same(account.resource("Loft").connect(timeout=5).machineIdentifier, "sim-loft", "the server that takes JWTs")
    error = raised(NotFound, lambda: account.resource("Den").connect(timeout=5))
    same(error, "Unable to connect to resource: Den", "the error")
    report("resource.connect() with a JWT", "a server that takes JWTs, NotFound for one that does not")


def jwt_by_code():
    phone = MyPlexAccount("alice", "correct horse")
    use_device("a-television-with-a-key")
    with tempfile.TemporaryDirectory() as directory:
        files = os.path.join(directory, "private.key"), os.path.join(directory, "public.key")
        login = MyPlexJWTLogin(scopes=["username", "email"])
        login.generateKeypair(files)
        login.run(timeout=20)
        phone.link(login.pin)
        same(login.waitForLogin(), True, "the result of the login")
        check_jwt(login, ["username", "email"])
        report("MyPlexJWTLogin(scopes=): run(), waitForLogin()", "True, a JWT with these scopes")
        later = MyPlexJWTLogin(jwtToken=login.jwtToken, keypair=files, scopes=["username"])
        same(later.verifyJWT(), True, "the verification of the stored JWT")
        refreshed = later.refreshJWT()
        assert refreshed != login.jwtToken, "the JWT is a new one"
        check_jwt(later, ["username"])
        report("MyPlexJWTLogin(jwtToken=, keypair=): refreshJWT()", "a new JWT, with other scopes")


def jwt_by_token():
    use_device("a-device-with-a-key")
    first = MyPlexJWTLogin(token=MyPlexAccount("alice", "correct horse").authToken, scopes=["friendly_name"])
    first.generateKeypair()
    first.registerDevice()
    report("MyPlexJWTLogin(token=): registerDevice()", "registered")
    same(first.refreshJWT(), first.jwtToken, "the JWT")
    check_jwt(first, ["friendly_name"])
    report("jwtlogin.refreshJWT()", "a JWT")
    # A JWT can register the next key.
    second = MyPlexJWTLogin(token=first.jwtToken)
    second.generateKeypair()
    error = raised(BadRequest, second.refreshJWT)
    assert error.startswith("(401) unauthorized ") and "No key was found" in error, error
    report("jwtlogin.refreshJWT() with an unknown key", "BadRequest, 401")
    second.registerDevice()
    second.refreshJWT()
    check_jwt(second, SCOPES)
    report("MyPlexJWTLogin(token=a JWT): registerDevice()", "another key, which replaces the first")
    same(first.verifyJWT(), True, "the verification of the JWT for the replaced key")
    error = raised(BadRequest, first.refreshJWT)
    assert error.startswith("(401) unauthorized "), error
    report("jwtlogin.refreshJWT() with the replaced key", "BadRequest, 401")
    third = MyPlexJWTLogin(token="token-unknown")
    third.generateKeypair()
    error = raised(BadRequest, third.registerDevice)
    assert error.startswith("(401) unauthorized "), error
    report("jwtlogin.registerDevice() with an unknown token", "BadRequest, 401")


def resources():
    account = MyPlexAccount("alice", "correct horse")
    found = [(resource.name, resource.provides, resource.owned, len(resource.connections))
             for resource in account.resources()]
    expected = [("Den", "server", True, 4), ("Loft", "server", True, 1), ("Bob's", "server", False, 2),
                ("Fort", "server", False, 1), ("Living room", "client,player", True, 0)]
    same(found, expected, "the resources")
    report("account.resources()", ", ".join(name for name, *_ in found))
    den = account.resource("den")
    expected = {
        "name": "Den", "product": "Plex Media Server", "productVersion": "1.41.0.8992", "platform": "Linux",
        "platformVersion": "6.1", "device": "PC", "clientIdentifier": "sim-machine", "provides": "server",
        "createdAt": datetime(2021, 4, 12, 18, 21, 12), "lastSeenAt": datetime(2026, 1, 1), "owned": True,
        "home": False, "synced": False, "relay": True, "presence": True, "httpsRequired": False,
        "publicAddressMatches": True, "dnsRebindingProtection": False, "natLoopbackSupported": False,
    }
    same(attributes(den, expected), expected, "the Media Server")
    assert den.accessToken, "the Media Server has a token"
    report("account.resource(name)", f"{den.product}, {den.clientIdentifier}")
    kinds = [(connection.local, connection.relay, connection.ipv6) for connection in den.connections]
    same(kinds, [(False, True, False), (True, False, False), (True, False, False), (False, False, False)],
         "the kinds of the connections")
    report("resource.connections", f"{len(kinds)}, of which one is a relay")
    shared = account.resource("sim-shared")
    same((shared.ownerId, shared.sourceTitle, shared.accessToken), (2, "bob", "token-shared"), "the shared server")
    report("account.resource(machine identifier)", f"{shared.name}, shared by {shared.sourceTitle}")
    error = raised(NotFound, lambda: account.resource("nowhere"))
    same(error, "Unable to find resource nowhere", "the error")
    report("account.resource(an unknown name)", "NotFound")


def media_servers():
    account = MyPlexAccount("alice", "correct horse")
    den = account.resource("Den")
    server = den.connect(timeout=5)
    same((server.machineIdentifier, server.friendlyName), ("sim-machine", "Den"), "the Media Server")
    assert server._baseurl.endswith("/plex"), f"connected to {server._baseurl}"
    report("resource.connect()", "at the only address that answers and is no relay")
    identity = server.identity()
    same((identity.machineIdentifier, identity.claimed), ("sim-machine", True), "the identity")
    report("server.identity()", f"{identity.machineIdentifier}, claimed")
    transient = server.createToken()
    assert transient.startswith("transient-"), transient
    assert server.createToken() != transient, "each transient token is new"
    report("server.createToken()", "transient-…, a new one each time")
    same(server.myPlexAccount().username, "alice", "the account of the Media Server's token")
    report("server.myPlexAccount()", "alice")
    kid = server.switchUser("Kid", timeout=5)
    same((kid.machineIdentifier, kid._token), ("sim-machine", "token-kid"), "the Media Server as Kid uses it")
    report("server.switchUser(a managed user)", "the same server, with the user's token")
    same(account.resource("Bob's").connect(timeout=5).machineIdentifier, "sim-shared", "the shared Media Server")
    report("resource.connect() to a shared Media Server", "sim-shared")
    error = raised(NotFound, lambda: account.resource("Fort").connect(timeout=5))
    same(error, "Unable to connect to resource: Fort", "the error")
    report("resource.connect() to one that does not answer", "NotFound")


def claim():
    account = MyPlexAccount("dora", "explorer")
    # A server without an owner is in nobody's list, so its address is found by that of another.
    address = MyPlexAccount(token="token-alice").resource("Loft").connections[0].uri.replace("/loft", "/new")
    server = PlexServer(address, timeout=5)
    same(server.identity().claimed, False, "whether the new server is claimed")
    report("PlexServer(url) without a token, on a new server", "served, not claimed")
    server.claim(account)
    same(server.identity().claimed, True, "whether the server is claimed")
    resource = account.resource(server.machineIdentifier)
    same((resource.owned, resource.connect(timeout=5).machineIdentifier), (True, server.machineIdentifier), "the claim")
    report("server.claim(account)", "the account owns the server, and can connect to it")


def users():
    account = MyPlexAccount("alice", "correct horse")
    names = ["id", "title", "username", "email", "home", "restricted", "protected"]
    found = [tuple(getattr(user, name) for name in names) for user in account.users()]
    expected = [(2, "bob", "bob", "bob@example.com", False, "0", False),
                (3, "carol", "carol", "carol@example.com", True, "0", True), (4, "Kid", "", "", True, "1", False),
                (5, "dora", "dora", "dora@example.com", False, "0", True)]
    same(found, expected, "the users")
    report("account.users()", ", ".join(title for _, title, *_ in found))
    same(account.user("carol@example.com").id, 3, "the user by email address")
    report("account.user(email)", "carol")


def home():
    account = MyPlexAccount("alice", "correct horse")
    found = [(user.get("title"), user.get("admin"), user.get("restricted"), user.get("protected"))
             for user in account.query(account.HOMEUSERS).iter("User")]
    expected = [("alice", "1", "0", "0"), ("carol", "0", "0", "1"), ("Kid", "0", "1", "0")]
    same(found, expected, "the users of the Home")
    report("account.query(account.HOMEUSERS)", ", ".join(title for title, *_ in found))
    carol = account.switchHomeUser("carol", "1234")
    same((carol.username, carol.protected), ("carol", True), "the user switched to")
    assert carol.authToken != account.authToken, "the user has another token"
    report("account.switchHomeUser(user, pin)", "carol, with a token of her own")
    for arguments, call in ((("carol", "4321"), "a wrong PIN"), (("carol",), "no PIN")):
        error = raised(BadRequest, lambda: account.switchHomeUser(*arguments))
        assert error.startswith("(403) forbidden; "), error
        report(f"account.switchHomeUser({call})", "BadRequest, 403")
    kid = account.switchHomeUser("Kid")
    same((kid.title, kid.restricted, kid.homeAdmin), ("Kid", True, False), "the user switched to")
    same(kid.ping(), True, "the ping by the managed user")
    report("account.switchHomeUser(a managed user)", "Kid, restricted")


def devices():
    use_device("a-device-to-delete")
    account = MyPlexAccount("alice", "correct horse")
    device = account.device(clientId="a-device-to-delete")
    expected = {
        "name": plexapi.X_PLEX_DEVICE_NAME, "product": plexapi.X_PLEX_PRODUCT,
        "productVersion": plexapi.X_PLEX_VERSION, "platform": plexapi.X_PLEX_PLATFORM,
        "platformVersion": plexapi.X_PLEX_PLATFORM_VERSION, "device": plexapi.X_PLEX_DEVICE,
        "provides": plexapi.X_PLEX_PROVIDES, "clientIdentifier": "a-device-to-delete",
        "token": account.authToken,
    }
    same(attributes(device, expected), expected, "the device")
    same(account.device("den").clientIdentifier, "sim-machine", "the Media Server by name")
    report("account.devices(), account.device()", f"{device.name}, {device.product} {device.productVersion}")
    device.delete()
    error = raised(Unauthorized, account.ping)
    assert error.startswith("(401) unauthorized; "), error
    identifiers = [device.id for device in MyPlexAccount(token="token-alice").devices()]
    assert device.id not in identifiers, f"the device is still one of {identifiers}"
    report("device.delete()", "the device is gone, and its token refused")


def sign_out():
    account = MyPlexAccount("alice", "correct horse")
    same(account.signout(), None, "the answer to the sign-out")
    error = raised(Unauthorized, account.ping)
    assert error.startswith("(401) unauthorized; "), error
    same(MyPlexAccount(token="token-alice").ping(), True, "the ping with another token")
    report("account.signout()", "the token is refused, others are not")


report.run(sign_in, two_factor, tokens, pin_by_code, pin_by_url, jwt_by_url, jwt_by_code, jwt_by_token, resources,
           media_servers, claim, users, home, devices, sign_out)
