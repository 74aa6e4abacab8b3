"""The rules: everything that changes the sandbox's GitHub, and the events that follow from it."""
