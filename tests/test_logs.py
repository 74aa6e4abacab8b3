"""Logs are one line each, in the form that was asked for, and never hold a secret."""

from __future__ import annotations

import io
import json
import logging
import re
import warnings
from collections.abc import Iterator

import pytest
import structlog
from aiohttp.http_exceptions import BadHttpMessage
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.logs import REDACTED, Plain, Redactor, configure_logs
from bot.trail import delivered

SECRET = 'correct "horse" bättery\\staple'
PEM = (
    rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - quick to make
    .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    .decode()
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, structure = root.handlers, root.level, structlog.get_config()
    with warnings.catch_warnings():
        yield
    structlog.configure(**structure)
    logging.captureWarnings(capture=False)
    logging.getLogger("aiohttp.access").disabled = False
    root.handlers = handlers
    root.setLevel(level)


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def broken(words: str) -> None:
    doubled = words * 2
    raise ValueError(f"broken: {words}", len(doubled))


def records(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_text_is_one_plain_line_with_moment_level_words_and_values(stream: io.StringIO) -> None:
    configure_logs(stream=stream)
    structlog.get_logger().info("delivery accepted", delivery="72d3162e", site="o/site")
    (line,) = stream.getvalue().splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z \[info +\] delivery accepted ", line)
    assert line.endswith("delivery=72d3162e site=o/site")
    assert "\x1b" not in line


def test_text_is_coloured_on_a_terminal_only() -> None:
    terminal = Terminal()
    configure_logs(stream=terminal)
    structlog.get_logger().info("delivery accepted")
    assert "\x1b[" in terminal.getvalue()


def test_json_is_one_object_a_line(stream: io.StringIO) -> None:
    configure_logs(form="json", stream=stream)
    structlog.get_logger().warning("rate limited", seconds=60, text="two\nlines", odd=object)
    (record,) = records(stream)
    assert (
        record.items()
        >= {
            "event": "rate limited",
            "level": "warning",
            "seconds": 60,
            "text": "two\nlines",
        }.items()
    )
    assert str(record["timestamp"]).endswith("Z")


def test_nothing_below_the_level_is_written(stream: io.StringIO) -> None:
    configure_logs("warning", stream=stream)
    log = structlog.get_logger()
    for method in (log.debug, log.info, log.warning, log.error):
        method(method.__name__)
    assert [line.split("] ")[1].strip() for line in stream.getvalue().splitlines()] == ["warning", "error"]


def test_what_is_under_way_is_told_by_every_line(stream: io.StringIO) -> None:
    configure_logs(form="json", stream=stream)
    with delivered("72d3162e"):
        structlog.get_logger().info("site may have changed")
    structlog.get_logger().info("other")
    assert [record.get("delivery") for record in records(stream)] == ["72d3162e", None]


def test_the_text_of_others_cannot_forge_a_line_or_move_the_cursor(stream: io.StringIO) -> None:
    configure_logs(stream=stream)
    structlog.get_logger().info("title", title="v1\n2020-01-01 [info] forged\x1b[2J", tag="a\x1b[1mb")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()
    assert "v1\\" in stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_is_written_with_its_traceback_but_no_local_values(
    form: str, stream: io.StringIO
) -> None:
    configure_logs(form="json" if form == "json" else "text", stream=stream)
    try:
        broken("a local value")
    except ValueError:
        structlog.get_logger().exception("run failed")
    assert "ValueError: ('broken: a local value', 26)" in stream.getvalue()
    assert "test_logs.py" in stream.getvalue()
    assert "a local value" * 2 not in stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_libraries_logs_and_warnings_go_the_same_way(form: str, stream: io.StringIO) -> None:
    configure_logs(form="json" if form == "json" else "text", secrets=["opensesame"], stream=stream)
    logging.getLogger("aiohttp.server").error("broken %s of opensesame", "request")
    logging.getLogger("some.library").debug("chatter")
    logging.getLogger("some.library").log(25, "a level of its own")
    warnings.simplefilter("always")
    warnings.warn("old ways", DeprecationWarning, stacklevel=1)
    text = stream.getvalue()
    assert f"broken request of {REDACTED}" in text
    assert "chatter" not in text
    assert "a level of its own" in text
    assert "DeprecationWarning: old ways" in text
    if form == "json":
        assert [record["library"] for record in records(stream)] == [
            "aiohttp.server",
            "some.library",
            "py.warnings",
        ]


def test_a_library_s_faulty_log_call_does_not_raise(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(stream=stream)
    logging.getLogger("some.library").error("%d", "no number")
    assert "Logging error" in capsys.readouterr().err


def test_the_chatter_of_libraries_is_left_out_even_when_our_own_is_asked_for(stream: io.StringIO) -> None:
    configure_logs("debug", stream=stream)
    logging.getLogger("some.library").debug("chatter")
    structlog.get_logger().debug("our own")
    assert "chatter" not in stream.getvalue()
    assert "our own" in stream.getvalue()


def test_a_request_that_is_no_http_is_one_line_without_a_traceback(stream: io.StringIO) -> None:
    configure_logs(stream=stream)
    logging.getLogger("aiohttp.server").error("Error handling it", exc_info=BadHttpMessage("Invalid method"))
    (line,) = stream.getvalue().splitlines()
    assert "no valid HTTP" in line
    assert "why=BadHttpMessage" in line


def test_the_access_log_is_off(stream: io.StringIO) -> None:
    configure_logs("debug", stream=stream)
    logging.getLogger("aiohttp.access").info('127.0.0.1 "POST /webhook"')
    assert stream.getvalue() == ""


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_known_secret_is_never_written_however_it_gets_into_a_line(form: str, stream: io.StringIO) -> None:
    configure_logs(form="json" if form == "json" else "text", secrets=[SECRET, PEM], stream=stream)
    log = structlog.get_logger()
    log.info("as the message: %s", SECRET)
    log.info("as a value", value=SECRET, nested={"deep": [SECRET]}, key=PEM, escaped=PEM.replace("\n", "\\n"))
    log.info("as bytes", value=PEM.encode(), cut=PEM[100:400])
    try:
        broken(f"the key {PEM} and the secret {SECRET}")
    except ValueError:
        log.exception("in a traceback")
    text = stream.getvalue()
    assert text.count(REDACTED) >= 9
    assert "horse" not in text
    for line in PEM.splitlines()[1:-1]:
        assert line not in text
    if form == "json":
        assert len(records(stream)) == 4


def test_of_two_secrets_that_begin_alike_nothing_of_the_longer_one_remains() -> None:
    assert (
        Redactor(["opensesame", "opensesame-and-more"]).redact("x opensesame-and-more y") == f"x {REDACTED} y"
    )


@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_secret_within_somebody_s_json_is_known_too(*, ascii_only: bool) -> None:
    body = json.dumps({"secret": SECRET}, ensure_ascii=ascii_only)
    assert Redactor([SECRET]).redact(body) == json.dumps({"secret": REDACTED})


TOKEN = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"ghs_{TOKEN}", ""),
        (f"git clone https://x-access-token:ghp_{TOKEN}@github.com/o/r", "git clone https://x-access-token:"),
        (f"github_pat_11ABC_{TOKEN}", ""),
        (f"ghs_12345_eyJhbGciOi.eyJpc3MiOi.{TOKEN}", ""),
        ("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0aaaa.c2lnbmF0dXJl", ""),
        (f"{{'Authorization': 'bearer {TOKEN}', 'accept': 'json'}}", "'accept': 'json'}"),
        (f'{{"authorization": "token {TOKEN}"}}', '"authorization": "'),
        (f'\\"Authorization\\": \\"Basic {TOKEN}==\\"', '\\"Authorization\\": \\"'),
        (f"Authorization: {TOKEN}", "Authorization: "),
        (f"curl -H Bearer {TOKEN}", "curl -H Bearer "),
        (PEM, ""),
        (PEM.replace("\n", "\\n"), ""),
        (PEM[:200], ""),
    ],
)
def test_credentials_of_others_are_known_by_their_shape(text: str, kept: str) -> None:
    redacted = Redactor().redact(text)
    assert REDACTED in redacted
    assert kept in redacted
    assert TOKEN not in redacted
    assert "c2lnbmF0dXJl" not in redacted
    assert PEM[60:120] not in redacted


@pytest.mark.parametrize(
    "text",
    ["delivery accepted", "he laughs_at it", "the bearer of news", "a token was refused", "basic rules"],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert Redactor(["", "a", "of"]).redact(text) == text


def test_redacting_a_long_hostile_line_takes_no_time() -> None:
    hostile = "-----BEGIN PRIVATE KEY-----" * 20_000 + "authorization: " * 20_000 + "gh" * 20_000
    assert len(Redactor(["opensesame"]).redact(hostile)) < len(hostile)


def test_each_line_goes_to_the_standard_error_of_the_moment(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    structlog.get_logger().info("here")
    captured = capsys.readouterr()
    assert "here" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"run": "0c1c-4", "seconds": 1.5, "none": None, "empty": ""},
        {"quoted": "two words", "equal": "a=b", "apostrophe": "it's", "quote": 'a"b', "items": {"a": 1}},
    ],
)
@pytest.mark.parametrize("words", ["short", "a sentence that is longer than the column"])
@pytest.mark.parametrize("level", ["info", "critical"])
def test_plain_lines_are_those_of_structlog(level: str, words: str, values: dict[str, object]) -> None:
    drawn = structlog.dev.ConsoleRenderer(colors=False, sort_keys=False)
    line = {"timestamp": "2020-04-01T12:00:00Z", "level": level, "event": words, **values}
    assert Plain(drawn)(None, "", dict(line)) == drawn(None, "", dict(line))


def test_several_things_are_listed_with_commas(stream: io.StringIO) -> None:
    configure_logs(stream=stream)
    structlog.get_logger().info("decided", deliveries=["72d3162e", "9c1d44aa"])
    assert stream.getvalue().rstrip().endswith("deliveries=72d3162e,9c1d44aa")


def test_no_work_fails_for_want_of_a_log(stream: io.StringIO) -> None:
    configure_logs(stream=stream)
    stream.close()
    structlog.get_logger().warning("nobody hears this")


def test_letters_that_pass_for_others_hide_no_secret() -> None:
    assert "hunter2" not in Redactor().redact("author\N{LATIN SMALL LETTER DOTLESS I}zation: hunter2hunter2")
    assert "c2VjcmV0" not in Redactor().redact("BEARER c2VjcmV0c2VjcmV0c2VjcmV0")
