"""A GitHub App that keeps an organisation's project status page current."""

__version__ = "0.1.0"
