"""Drives the simulated Plex with plex-api-client: python generated_client.py ORIGIN

Its code is generated from a public description of Plex's API, so it asks for JSON and checks the type of each member.

Known limits, all of plex-api-client itself:

| call                        | outcome                 | reason                                                     |
|-----------------------------|-------------------------|------------------------------------------------------------|
| get_server_resources        | ResponseValidationError | Every resource must have an access token. Players have     |
|                             |                         | none.                                                      |
| create_o_auth_pin           | SDKError                | It wants the status 200. Plex answers 201.                 |
| link_o_auth_pin, sign_out   | not called              | They want the status 200 and a body. Plex answers 204.     |
| register_device_jwk,        | not called              | They look for the token under names that Plex does not     |
| exchange_jwt_token          |                         | use.                                                       |
| ping                        | not called              | It sends no client identifier.                             |
"""

import json

import httpx
from plex_api_client import PlexAPI
from plex_api_client.models import errors, operations

from simulated import Report, raised, redirected, same

report = Report("plex-api-client")


class Redirect(httpx.HTTPTransport):
    def handle_request(self, request):
        request.url = httpx.URL(redirected(str(request.url)))
        return super().handle_request(request)


def client(token=None):
    transport = httpx.Client(transport=Redirect(), trust_env=False)
    return PlexAPI(token=token, client_identifier="a-generated-client", product="Generated", client=transport)


def sign_in_request(**fields):
    return operations.PostUsersSignInDataRequest(request_body=fields)


def sign_in():
    plex = client().authentication
    request = sign_in_request(login="bob", password="battery staple", verification_code="123456")
    answer = plex.post_users_sign_in_data(request=request)
    account = answer.user_plex_account
    same((answer.status_code, account.id, account.username, account.email), (201, 2, "bob", "bob@example.com"), "bob")
    same((account.two_factor_enabled, account.subscription.status.value), (True, "Active"), "what is known of bob")
    report("post_users_sign_in_data(request)", "201, bob")
    for fields, message, outcome in (
        ({"password": "wrong"}, "User could not be authenticated", "a wrong password"),
        ({"password": "battery staple"}, "Please enter the verification code", "no code"),
        ({"password": "battery staple", "verification_code": "000000"}, "Invalid verification code", "a wrong code"),
    ):
        request = sign_in_request(login="bob", **fields)
        error = raised(errors.Unauthorized, lambda: plex.post_users_sign_in_data(request=request))
        [details] = json.loads(error)["errors"]
        same((details["message"], details["status"]), (message, 401), "the error")
        report(f"post_users_sign_in_data({outcome})", f"Unauthorized, {details['code']}")
    # A successful sign-in ends the count of failures, so that the next program is not locked out.
    request = sign_in_request(login="alice", password="correct horse")
    same(plex.post_users_sign_in_data(request=request).user_plex_account.username, "alice", "alice")


def tokens():
    answer = client("token-alice").authentication.get_token_details(request=operations.GetTokenDetailsRequest())
    account = answer.user_plex_account
    same((account.username, account.auth_token), ("alice", "token-alice"), "the account")
    report("get_token_details(request)", "200, alice")
    unknown = client("token-unknown").authentication
    request = operations.GetTokenDetailsRequest()
    error = raised(errors.Unauthorized, lambda: unknown.get_token_details(request=request))
    same(json.loads(error)["errors"][0]["code"], 1001, "the code of the error")
    report("get_token_details(with an unknown token)", "Unauthorized, 1001")
    expired = client("token-expired").authentication
    error = raised(errors.SDKError, lambda: expired.get_token_details(request=request))
    assert "Status 498" in error, error
    report("get_token_details(with an expired token)", "SDKError, 498")
    answer = client("token-alice").authentication.get_claim_token(request=operations.GetClaimTokenRequest())
    assert answer.claim_token_response.token.startswith("claim-"), answer.claim_token_response
    report("get_claim_token(request)", "200, claim-…")


def pin():
    plex = client().authentication
    security = operations.CreateOAuthPinSecurity(client_identifier="a-generated-client")
    try:
        plex.create_o_auth_pin(security=security, request=operations.CreateOAuthPinRequest())
    except errors.SDKError as error:
        same((error.message.split(":")[0], error.status_code), ("Unexpected response received", 201), "the error")
        created = error.raw_response.json()
    report("create_o_auth_pin(request)", "SDKError, 201 (a limit)")
    security = operations.GetOAuthPinSecurity(client_identifier="a-generated-client")
    answer = plex.get_o_auth_pin(security=security, request=operations.GetOAuthPinRequest(pin_id=created["id"]))
    found = answer.object
    same((found.id, found.code, found.auth_token), (created["id"], created["code"], None), "the PIN")
    same((found.client_identifier, found.product), ("a-generated-client", "Generated"), "the client of the PIN")
    report("get_o_auth_pin(request)", "200, without a token")


def keys():
    plex = client("token-alice").authentication
    nonce = plex.get_auth_nonce(request=operations.GetAuthNonceRequest()).auth_nonce_response.nonce
    assert nonce, "the nonce is empty"
    report("get_auth_nonce(request)", "200, a nonce")
    found = plex.get_auth_keys(request=operations.GetAuthKeysRequest()).auth_keys_response.keys
    same([(key.kty, key.alg, key.use) for key in found], [("OKP", "EdDSA", "sig")], "the keys")
    report("get_auth_keys(request)", "200, one key")


def resources():
    plex = client("token-alice").plex
    request = operations.GetServerResourcesRequest(include_https=1, include_relay=1, include_i_pv6=1)
    error = raised(errors.ResponseValidationError, lambda: plex.get_server_resources(request=request))
    refused = [line for line in error.splitlines() if line.startswith("body.")]
    same(refused, ["body.4.accessToken"], "the members that it refuses")
    report("get_server_resources(request)", "ResponseValidationError for the player (a limit)")


report.run(sign_in, tokens, pin, keys, resources)
