"""The last step of registering an app from a manifest."""

from __future__ import annotations

from bot.sandbox.actions import manifests
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes.issues import app as app_shape

routes = Routes()


@routes.add(
    "POST",
    "/app-manifests/{code}/conversions",
    docs="apps/apps#create-a-github-app-from-a-manifest",
    audience="public",
)
def convert(call: Call) -> Reply:
    """What its host must know of an app, for the code that its registration gave."""
    made = manifests.redeem(call.state, call.params["code"])
    credentials = {"client_secret": call.state.secrets.hexadecimal(40), "pem": made.private_key}
    secret = made.webhook_secret or None
    return Reply(201, {**app_shape(call.state, made), **credentials, "webhook_secret": secret})
