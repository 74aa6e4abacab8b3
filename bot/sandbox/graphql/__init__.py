"""The GraphQL API: a part of GitHub's schema, executed over the sandbox's state."""
