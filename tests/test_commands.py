"""Commands are read where somebody gives them, and nowhere else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import COMMANDS, MAX_COMMANDS, Command, Request, Who, may_hold_command, parse

HELP, SHOW = COMMANDS[:2]


def words(body: str, slug: str = "status-bot") -> list[str]:
    """The commands of a comment, by their words."""
    return [request.word for request in parse(body, slug)]


# -- where a command is one -------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "/status help",
        "/STATUS Help",
        "@status-bot help",
        "@Status-Bot HELP",
        "/status",
        "@status-bot",
        "/status\thelp",
        "  /status   help  ",
        "/status help\n",
        "Hello there!\n/status help\nThank you.",
        "Hello there!\n\n/status help\n\nThank you.",
        "Hello there!\r\n/status help\r\nThank you.",
        "Hello there!\r\n\r\n/status help",
        "Hello there!  \n/status help",
        "Hello there!\\\n/status help",
        "# A heading\n/status help",
        "> quoted\n\n/status help",
        "> quoted\n\n@status-bot help",
        "- a list\n\n/status help",
        "```\ncode\n```\n/status help",
        "<!-- hidden -->\n\n/status help",
        "  Hello there!\n      /status help",
    ],
)
def test_a_command_at_the_start_of_a_line_is_read(body: str) -> None:
    first, *others = parse(body, "status-bot")
    assert first == Request("help", HELP)
    assert others == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n",
        "Nothing of that kind.",
        "Please /status help",
        "Please, @status-bot, help",
        "`/status help`",
        "`@status-bot help`",
        "``/status help``",
        "**/status help**",
        "_/status help_",
        "```\n/status help\n```",
        "```\n/status help",
        "~~~ text\n/status help\n~~~",
        "    /status help",
        "\t/status help",
        "> /status help",
        "> quoted\n/status help",
        "> - /status help",
        "- > /status help",
        ">> /status help",
        "- /status help",
        "1. /status help",
        "- item\n\n  /status help",
        "# /status help",
        "| /status help |\n| --- |",
        "<!-- /status help -->",
        "<!--\n/status help\n-->",
        "Well <!--\n/status help\n--> then",
        "<div>\n/status help\n</div>",
        "<b>/status help</b>",
        "<pre>\n\n/status help\n\n</pre>",
        "[/status help](https://example.org)",
        "[/status help]: https://example.org",
        "![/status help](https://example.org/picture.png)",
        "<https://example.org>\n[/status]: https://example.org",
        "https://example.org/status help",
        "/statushelp",
        "/status-help",
        "status help",
        "/ status help",
        "@status-botany help",
        "@status-bot-2 help",
        "@ status-bot help",
        "ada@status-bot help",
        "\\/status help",
        "\\@status-bot help",
        "&#47;status help",
    ],
)
def test_what_only_looks_like_a_command_is_none(body: str) -> None:
    assert words(body) == []


def test_the_bot_answers_to_its_own_name_alone() -> None:
    assert words("@other-bot help", "status-bot") == []
    assert words("@other-bot help", "Other-Bot") == ["help"]


def test_a_word_that_is_no_command_is_told_apart() -> None:
    assert parse("/status frobnicate the SIG", "status-bot") == (Request("frobnicate", None, "the SIG"),)
    assert parse("/status Help", "status-bot") == (Request("help", HELP),)


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("/status show js", "js"),
        ("  @status-bot   Show \t Open-Telemetry/opentelemetry-JS  ", "Open-Telemetry/opentelemetry-JS"),
        ("/status show C++ SDK", "C++ SDK"),
        ("/status show `.NET`", ".NET"),
        ("/status show opentelemetry_js and_more", "opentelemetry_js and_more"),
        ("/status show Q&amp;A \\*", "Q&A *"),
        ("/status show https://github.com/o/js", "https://github.com/o/js"),
        ("/status show [js](https://example.org)", "[js](https://example.org)"),
        ("/status show <!-- js -->", ""),
        ("/status show\njs", ""),
        ("/status show `a\nb`", "a b"),
    ],
)
def test_what_follows_on_the_line_belongs_to_the_command(line: str, rest: str) -> None:
    assert parse(line, "status-bot") == (Request("show", SHOW, rest),)


@pytest.mark.parametrize("text", ["/status `help`", "`/status` help", "/status *help*"])
def test_a_command_itself_is_never_in_code_or_markup(text: str) -> None:
    assert HELP not in [request.command for request in parse(text, "status-bot")]


def test_everybody_may_look_and_only_who_may_write_may_change() -> None:
    who = {command.name: command.who for command in COMMANDS}
    changing = {name for name, who_may in who.items() if who_may is not Who.ANYONE}
    assert changing == {"refresh", "hold", "resume", "recreate", "init"}


def test_commands_come_in_their_order() -> None:
    assert words("/status help\nand\n@status-bot frobnicate\n\n/status") == ["help", "frobnicate", "help"]


def test_no_more_commands_are_read_than_anybody_needs() -> None:
    assert len(words("/status help\n" * 1000)) == MAX_COMMANDS


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_of_the_table_is_understood(command: Command) -> None:
    name, _, rest = command.usage.partition(" ")
    assert parse(f"/status {command.usage}", "status-bot") == (Request(name, command, rest),)
    assert name == command.name


# -- any text at all --------------------------------------------------------------------------

PIECES = st.sampled_from(
    (
        *("/status", "@status-bot", "help", " ", "\n", "\r\n", "\t", "`", "```", "> ", "- ", "    ", "\\"),
        *("<!--", "-->", "<div>", "</div>", "[", "](", ")", "*", "**", "_", "&", ";", "|", "#"),
        *("\0", "\ud800", "ß", "İ", "🎉"),
    )
)
BODIES = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5))).map("".join))


@given(BODIES, st.sampled_from(["status-bot", "", "a", "İ"]))
def test_no_text_makes_it_stumble(body: str, slug: str) -> None:
    found = parse(body, slug)
    assert len(found) <= MAX_COMMANDS
    for request in found:
        assert request.word == request.word.lower()
        assert not set(request.word) & set(" \n\t")
        assert request.rest == " ".join(request.rest.split())
        assert (request.command is not None) == (request.word in {command.name for command in COMMANDS})


@given(BODIES)
def test_the_quick_look_misses_nothing(body: str) -> None:
    if words(body):
        assert may_hold_command(body)


@given(BODIES)
def test_a_line_of_its_own_at_the_end_is_always_heard_after_plain_words(body: str) -> None:
    spoken = "".join(letter for letter in body if letter.isalnum() or letter == "\n").strip()
    assert words(f"{spoken}\n\n/status help")[-1:] == ["help"]


@pytest.mark.parametrize(
    "piece",
    [
        *("/status help\n", "@", "[", "*a **b ", "`", "> ", "<!-- ", "- ", "![](", "\\", "&amp;", "<a "),
        *("> <!-- ", "- a\n/status help\n", "<code>"),
        *("_a*", "|\n", "[a](b", "a**b", "<?", "~~", "\t", "1. ", "](", "\n", " "),
        *("*a", "</b>", "1. a\n"),
    ],
)
def test_a_hundred_kilobytes_are_read_quickly(piece: str) -> None:
    body = "@status-bot help\n" + piece * (100_000 // len(piece))
    started = time.process_time()
    found = parse(body, "status-bot")
    assert time.process_time() - started < 4
    assert found[:1] == (Request("help", HELP),)


def test_what_follows_a_command_is_kept_as_it_was_written_emphasis_too() -> None:
    (request,) = parse("/status hold Java **waiting** for _May_ * 2", "status-bot")
    assert request.rest == "Java **waiting** for _May_ * 2"
