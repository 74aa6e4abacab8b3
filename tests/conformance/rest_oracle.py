"""The oracle for REST: is an exchange one that GitHub's description of its API allows?"""

import re
from contextlib import suppress
from http import HTTPStatus

from tests.conformance.description import Description, Operation, Parameter, Schema
from tests.conformance.exchanges import Deviation, Exchange, Findings, NoJsonError

# Answers that GitHub gives to any operation and leaves out of most of their descriptions.
ANYWHERE = {
    301: "a renamed repository answers under its old name, to any request, with a redirect",
    307: "the same, for requests that change something",
    304: "every GET may be made conditional, described or not",
    400: "a body that cannot be parsed is refused before an operation is looked at",
    401: "so are bad credentials",
    403: "what a token may see but not do, and the rate limits",
    404: "what a token may not see, and what is gone",
    429: "the rate limits again",
}

# A file as it is, asked for by its media type; the description of files leaves it out.
_RAW = re.compile(r"application/vnd\.github\.(v3\.)?raw(\+json)?")
_REFUSED_AS_INVALID = (400, 422)


def deviations(exchange: Exchange, description: Description) -> list[Deviation]:
    """Everything about an exchange that is not as described; nothing for pages made for people."""
    if exchange.for_people:
        return []
    operation = description.operation(exchange.method, exchange.path)
    if operation is None:
        findings = Findings("no operation", str(exchange))
        findings.add("path", f"GitHub has no operation {exchange.method} {exchange.path}")
        return findings.deviations
    findings = Findings(operation.name, str(exchange))
    if exchange.answered is None or exchange.status not in _REFUSED_AS_INVALID:
        # What was rightly refused need not be right.
        _check_parameters(operation, exchange, findings)
        with suppress(NoJsonError):
            _check_request(operation, exchange, findings)
    if exchange.answered is not None:
        with suppress(NoJsonError):
            _check_answer(operation, exchange, exchange.answered, findings, description)
    return findings.deviations


def _check_parameters(operation: Operation, exchange: Exchange, findings: Findings) -> None:
    given = {
        "path": list(operation.arguments(exchange.path).items()),
        "query": exchange.query,
    }
    known = {(parameter.place, parameter.name): parameter for parameter in operation.parameters}
    for place, arguments in given.items():
        for name, text in arguments:
            if parameter := known.get((place, name)) or known.get((place, f"{name}[]")):
                _check_argument(parameter, text, findings)
            else:
                findings.add(f"{place} parameter {name}", "is not one of this operation's")
    names = {(place, name) for place, arguments in given.items() for name, _ in arguments}
    for place, name in sorted(known.keys() - names):
        if known[place, name].required and place in given:
            findings.add(f"{place} parameter {name}", "is missing")


def _check_argument(parameter: Parameter, text: str, findings: Findings) -> None:
    """An argument is text; it passes as the number, truth value or list that the text may stand for."""
    readings: list[object] = [text, [text], text.split(",")]
    if text.lstrip("-").isdecimal():
        readings.append(int(text))
    if text in ("true", "false"):
        readings.append(text == "true")
    if not any(parameter.schema.validator.is_valid(reading) for reading in readings):
        error = next(parameter.schema.validator.iter_errors(readings[-1]))
        findings.add(f"{parameter.place} parameter {parameter.name}", error.message)


def _check_request(operation: Operation, exchange: Exchange, findings: Findings) -> None:
    if not exchange.sent:
        if operation.request_required:
            findings.add("request body", "is missing")
        return
    schema = operation.request.get("application/json")
    if schema is None:
        if exchange.sent.strip() not in (b"{}", b"null"):
            findings.add("request body", "is sent where none is taken")
        return
    body = findings.body("request body", exchange.sent)
    _check_body("request body", schema, body, findings)
    if isinstance(body, dict) and schema.properties:
        for name in sorted(body.keys() - schema.properties):
            findings.add("request body", "is no property of this operation's request", [name])


def _check_answer(
    operation: Operation, exchange: Exchange, answered: bytes, findings: Findings, description: Description
) -> None:
    described = operation.responses.get(exchange.status)
    if described is None and exchange.status not in ANYWHERE:
        findings.add("status", f"{exchange.status} is not described for this operation")
        return
    if not described and answered and exchange.status >= HTTPStatus.MULTIPLE_CHOICES:
        # Refusals and redirects say why, in one form, wherever the description stops at the status.
        described = {"application/json": description.component("basic-error")}
    if not described or exchange.status == HTTPStatus.NOT_MODIFIED:
        if answered:
            findings.add("response body", f"stands where {exchange.status} has none")
        return
    if _RAW.fullmatch(exchange.media_type):
        return
    schema = described.get(exchange.media_type) or described.get("application/json")
    if schema is None:
        findings.add("response type", f"{exchange.media_type} is none of {', '.join(described)}")
        return
    _check_body("response body", schema, findings.body("response body", answered), findings)


def _check_body(where: str, schema: Schema, body: object, findings: Findings) -> None:
    for error in schema.validator.iter_errors(body):
        findings.add(where, error.message, error.instance_path)
