"""Imports run downwards only, and the command line starts without what it does not need."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

BOT = Path(__file__).parents[1] / "bot"

SITE_FILE = ("bot.site", "bot.site_rules", "bot.fork_rules", "bot.schemas")
CHECK = ("bot.checking", "bot.check_model", "bot.check_notices", "bot.check_words")
TEXTS = (
    *("bot.proposal", "bot.review", "bot.commit_message", "bot.notices", "bot.chart", "bot.chart_picture"),
    *("bot.starter", "bot.starter_files", "bot.starter_words"),
    *("bot.commands", "bot.marker", "bot.markdown", "bot.render", "bot.carried"),
)

# From the top down: a module may import its own layer and those below it, nothing above.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("bot.__main__", "bot.cli", "bot.demo"),
    ("bot.once", "bot.setup_app"),
    (
        *("bot.app", "bot.install_link", "bot.dashboard"),
        *("bot.telemetry", "bot.otel_settings", "bot.site_pages", "bot.proposal_state"),
        *("bot.chart_gallery", "bot.look", "bot.offline", "bot.replay"),
    ),
    ("bot.check_files",),
    (
        *("bot.web", "bot.service", "bot.agenda", "bot.jobs"),
        *("bot.resync", "bot.sweep", "bot.redelivery", "bot.search", "bot.webhook_proxy"),
        *("bot.check_desk", "bot.run_log", "bot.last_events", "bot.outcomes"),
    ),
    ("bot.events",),
    (
        *("bot.answers", "bot.clerk", "bot.founder", "bot.cases", "bot.replies", "bot.standing"),
        *("bot.permissions", "bot.names", "bot.unanswered"),
    ),
    (
        *("bot.reconcile", "bot.observe", "bot.site_look", "bot.known_facts", "bot.desire", "bot.apply"),
        *("bot.presence", "bot.wishes", "bot.checker", "bot.check_reading"),
        *("bot.registering", "bot.sites", "bot.workqueue", "bot.queued", "bot.pace"),
    ),
    (
        *("bot.plan", "bot.actions", "bot.github", "bot.settings", "bot.setup_settings", "bot.env_file"),
        "bot.addresses",
        *(*SITE_FILE, *TEXTS, *CHECK),
    ),
    ("bot.status",),
    (
        *("bot.clock", "bot.logs", "bot.trail", "bot.memory", "bot.sse"),
        *("bot.metrics", "bot.instruments", "bot.tracing", "bot.calls"),
    ),
)
BOTTOM = LAYERS[-1]
MAY_IMPORT_SANDBOX = {"bot.__main__", "bot.demo"}
MAY_IMPORT_GIDGETHUB = ("bot.github", "bot.web.webhook", "bot.events")
PURE = ("bot.status", "bot.plan", "bot.actions", "bot.carried")
INPUT_AND_OUTPUT = ("aiohttp", "gidgethub", "socket", "subprocess", "urllib.request", "requests")
HEAVY = ("bot.sandbox", "jwt", "jinja2", "rich", "graphql")


def within(module: str, *packages: str) -> bool:
    """Whether the module is one of the packages or lies inside one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(BOT.parent).with_suffix("").parts).removesuffix(".__init__")


def imports_of(tree: ast.Module, module: str, *, is_package: bool = False) -> Iterator[tuple[str, bool]]:
    """What a module imports, as full names, and whether that happens as it is loaded.

    ``from a import b`` yields ``a.b``, which lies inside ``a`` whether ``b`` is a module or not.
    What stands inside a function is imported when it is called; what stands under
    ``if TYPE_CHECKING:`` never is, but is an arrow between modules all the same.
    """
    late = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or is_type_checking(block)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node not in late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")
                kept = len(parents) - node.level + is_package
                base = ".".join([*parents[:kept], *([base] if base else [])])
            yield from ((f"{base}.{alias.name}", node not in late) for alias in node.names)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


MODULES = {name_of(path): path for path in sorted(BOT.rglob("*.py"))}


@cache
def all_imports() -> dict[str, list[tuple[str, bool]]]:
    """By modules. To read them takes a second, which a worker that has none of these tests need not spend."""
    return {
        module: list(imports_of(ast.parse(path.read_bytes()), module, is_package=path.name == "__init__.py"))
        for module, path in MODULES.items()
    }


@cache
def arrows(*, at_load: bool = False) -> tuple[tuple[str, str], ...]:
    return tuple(
        (module, imported)
        for module, imports in all_imports().items()
        for imported, loaded in imports
        if within(imported, "bot") and (loaded or not at_load)
    )


def layer_of(module: str) -> int | None:
    for number, packages in enumerate(LAYERS):
        if within(module, *packages):
            return number
    return None


def module_behind(imported: str) -> str:
    """The module of ours that a full name lies in: ``bot.clock.Clock`` lies in ``bot.clock``."""
    while imported not in MODULES:
        imported = imported.rpartition(".")[0]
    return imported


def test_every_module_has_its_place_in_the_layers() -> None:
    homeless = [
        module
        for module in MODULES
        if module != "bot" and not within(module, "bot.sandbox") and layer_of(module) is None
    ]
    assert homeless == []


@pytest.mark.parametrize("module", MODULES)
def test_arrows_run_downwards_only(module: str) -> None:
    assert upwards(module, [imported for source, imported in arrows() if source == module]) == []


def upwards(module: str, imported: list[str]) -> list[str]:
    """Those imports that lie above the module. The package itself and the sandbox lie in no layer."""
    own = layer_of(module)
    if own is None:
        return []
    return [name for name in imported if (layer := layer_of(name)) is not None and layer < own]


def test_the_domain_imports_nothing_else_of_the_bot() -> None:
    foreign = [
        (module, imported)
        for module, imported in arrows()
        if within(module, "bot.status") and not within(imported, "bot.status")
    ]
    assert foreign == []


def test_the_bottom_imports_nothing_of_the_bot_but_itself() -> None:
    foreign = [
        (module, imported)
        for module, imported in arrows()
        if within(module, *BOTTOM) and not within(imported, *BOTTOM)
    ]
    assert foreign == []


def test_the_sandbox_shares_nothing_with_the_bot_that_it_is_there_to_test() -> None:
    shared = [
        (module, imported)
        for module, imported in arrows()
        if within(module, "bot.sandbox") and not within(imported, "bot.sandbox", *BOTTOM)
    ]
    assert shared == []


def test_only_the_command_line_and_the_demo_import_the_sandbox() -> None:
    importers = {
        module
        for module, imported in arrows()
        if within(imported, "bot.sandbox") and not within(module, "bot.sandbox")
    }
    assert importers <= MAY_IMPORT_SANDBOX


def test_gidgethub_stays_where_github_is_spoken() -> None:
    importers = {
        module
        for module, imports in all_imports().items()
        for imported, _ in imports
        if within(imported, "gidgethub") and not within(module, *MAY_IMPORT_GIDGETHUB)
    }
    assert importers == set()


def test_the_pure_modules_do_no_input_or_output_nor_does_anything_they_load() -> None:
    impure = [
        (module, loaded, imported)
        for module in MODULES
        if within(module, *PURE)
        for loaded in loaded_with(module)
        for imported, _ in all_imports()[loaded]
        if within(imported, *INPUT_AND_OUTPUT)
    ]
    assert impure == []


def loaded_with(module: str) -> set[str]:
    """The module and all of ours that it loads, directly or not."""
    seen: set[str] = set()
    waiting = {module}
    while waiting:
        seen |= waiting
        waiting = {
            module_behind(imported) for source, imported in arrows(at_load=True) if source in waiting
        } - seen
    return seen


def test_no_modules_import_each_other_in_a_circle() -> None:
    below: dict[str, set[str]] = {module: set() for module in MODULES}
    for module, imported in arrows(at_load=True):
        if (target := module_behind(imported)) not in (module, "bot"):
            below[module].add(target)
    assert circle_in(below) == []


def circle_in(below: dict[str, set[str]]) -> list[str]:
    """One circle of a graph, or nothing: what is left after taking away, again and again, all leaves."""
    left = {module: set(targets) for module, targets in below.items()}
    while leaves := {module for module, targets in left.items() if not targets}:
        left = {module: targets - leaves for module, targets in left.items() if module not in leaves}
    return sorted(left)


@pytest.mark.skipif("bot.__main__" not in MODULES, reason="there is no command line yet")
def test_the_command_line_starts_without_what_it_does_not_need() -> None:
    script = f"import sys, bot.__main__; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run(  # noqa: S603 - this interpreter, and a script of constants
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=BOT.parent
    )
    assert done.stdout.split() == []


class TestThatTheseTestsBite:
    def test_imports_are_seen_in_every_form(self) -> None:
        tree = ast.parse(
            "import a.b\nfrom a import c\nfrom . import d\nfrom ..e import f\n"
            "def g():\n    import h\nif TYPE_CHECKING:\n    import i\n"
        )
        assert list(imports_of(tree, "bot.web.pages")) == [
            ("a.b", True),
            ("a.c", True),
            ("bot.web.d", True),
            ("bot.e.f", True),
            ("h", False),
            ("i", False),
        ]

    def test_a_relative_import_of_a_package_starts_at_itself(self) -> None:
        tree = ast.parse("from .pages import Page")
        assert list(imports_of(tree, "bot.web", is_package=True)) == [("bot.web.pages.Page", True)]

    def test_a_circle_is_found_and_a_ladder_is_none(self) -> None:
        assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c", "d"]
        assert circle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []

    def test_layers_are_told_apart_by_whole_names(self) -> None:
        assert within("bot.site", "bot.site")
        assert not within("bot.sites", "bot.site")

    def test_an_import_of_something_above_is_an_upward_arrow(self) -> None:
        assert upwards("bot.plan", ["bot.__main__.main", "bot.status.facts", "bot.plan"]) == [
            "bot.__main__.main"
        ]

    def test_what_a_module_loads_is_followed_to_the_end(self) -> None:
        assert {"bot.status.datafile", "bot.status.faults"} <= loaded_with("bot.status.page")

    def test_the_modules_are_found(self) -> None:
        assert {"bot", "bot.clock", "bot.status.facts"} <= MODULES.keys()
        assert ("bot.status.datafile", "bot.status.faults.Fault") in set(arrows())
