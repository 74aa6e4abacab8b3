"""The oracle for webhooks: is a payload one that GitHub's description of the event allows?"""

from contextlib import suppress

from tests.conformance.description import Description
from tests.conformance.exchanges import Deviation, Findings, NoJsonError


def deviations(event: str, action: str | None, payload: bytes, description: Description) -> list[Deviation]:
    """Everything about a payload that is not as described."""
    name = ".".join(filter(None, (event, action)))
    findings = Findings(f"webhook {name}", "POST to the app")
    schema = description.webhook(event, action)
    if schema is None:
        findings.add("event", f"GitHub sends no {name}")
        return findings.deviations
    with suppress(NoJsonError):
        for error in schema.validator.iter_errors(findings.body("payload", payload)):
            findings.add("payload", error.message, error.instance_path)
    return findings.deviations
