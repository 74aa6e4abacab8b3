"""A GitHub in this process, to try the bot out, to test it and to measure it.

It keeps what GitHub keeps, follows GitHub's rules, answers its REST and GraphQL APIs over HTTP, sends its
webhooks, and shows its pages::

    github = Sandbox(clock, seed=0)
    site = github.create_repository("org/site", files={"data/page.yaml": "a: 1"})
    app = github.create_app("status-bot", {"contents": "write"}, ["push"], webhook_url, "secret")
    github.install(app, "org")
    async with github.serve() as server:
        ...  # a client at server.api_url; a browser at server.url
        site.push({"data/page.yaml": "a: 2"}, by="ada")
        await github.delivered()

From the bottom up: ``git``, ``history`` and ``diffs`` know git's objects; ``records`` and ``state`` what
there is; ``actions`` the rules by which it changes, and the ``events`` that follow; ``shapes`` how it looks
as JSON; ``auth`` and ``limits`` who may ask, and how much. ``rest``, ``graphql`` and ``web`` answer,
``webhooks`` and ``deliveries`` tell, ``server`` listens; ``sandbox`` and ``repo`` are what tests and the
demo take in hand.
"""

from bot.sandbox.apps import App, Installation
from bot.sandbox.deliveries import Delivery
from bot.sandbox.records import Comment, Issue, Milestone, PullRequest, Release
from bot.sandbox.repo import LoggedCommit, Repo
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import Server
from bot.sandbox.traffic import RequestRecord, Response

__all__ = [
    "App",
    "Comment",
    "Delivery",
    "Installation",
    "Issue",
    "LoggedCommit",
    "Milestone",
    "PullRequest",
    "Release",
    "Repo",
    "RequestRecord",
    "Response",
    "Sandbox",
    "Server",
]
