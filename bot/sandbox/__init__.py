"""A GitHub in this process, to try the bot out, to test it and to measure it."""

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
