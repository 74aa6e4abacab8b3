"""The REST API: a module for each area of GitHub's reference, each with its routes."""
