"""What the code never does, wherever it is: no shell, no code made of text, no unverified connection."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.render import environment, templates_directory

ROOT = Path(__file__).parents[1]
BOT = sorted((ROOT / "bot").rglob("*.py"))
MODULES = {
    *("subprocess", "pty", "pickle", "shelve", "marshal", "dill", "ctypes", "code", "codeop", "runpy"),
    *("xml", "telnetlib", "ftplib", "http.client", "urllib.request", "requests", "importlib"),
}
"""What runs other programs or makes objects of bytes, and ways to the network beside the one."""
EXCEPTIONS = {("bot/memory.py", "ctypes")}
"""It tells the C library, in which it finds one function by a name that stands there, what to keep."""
CALLS = {
    *("eval", "exec", "compile", "__import__", "breakpoint", "os.system", "os.popen", "os.execv", "os.fork"),
    *(
        "yaml.load",
        "yaml.load_all",
        "yaml.full_load",
        "yaml.unsafe_load",
        "yaml.full_load_all",
        "Markup.unescape",
    ),
    *("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "ssl._create_unverified_context"),
    *("tempfile.mktemp", "random.choice", "random.choices", "random.randbytes", "hashlib.md5"),
}
KEYWORDS = {"ssl": False, "verify": False, "verify_ssl": False, "check_hostname": False, "shell": True}
Nodes = list[tuple[Path, ast.AST]]
LOADERS = {"Loader", "UnsafeLoader", "FullLoader", "CLoader", "CUnsafeLoader", "CFullLoader"}


@pytest.fixture(scope="module")
def nodes() -> Nodes:
    return [(path, node) for path in BOT for node in ast.walk(ast.parse(path.read_bytes()))]


def at(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def test_nothing_is_imported_that_runs_programs_or_makes_objects_of_bytes(nodes: Nodes) -> None:
    found = []
    for path, node in nodes:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        found += [
            (at(path, node), name)
            for name in names
            if {name, name.partition(".")[0]} & MODULES
            and (str(path.relative_to(ROOT)), name) not in EXCEPTIONS
        ]
    assert found == []


def test_nothing_is_called_that_makes_code_of_text_or_leaves_a_check_out(nodes: Nodes) -> None:
    found = []
    for path, node in nodes:
        if isinstance(node, ast.Call):
            if ast.unparse(node.func) in CALLS:
                found.append((at(path, node), ast.unparse(node.func)))
            for keyword in node.keywords:
                value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
                if keyword.arg in KEYWORDS and value is KEYWORDS[keyword.arg]:
                    found.append((at(path, node), f"{keyword.arg}={value}"))
    assert found == []


def test_yaml_is_read_by_safe_loaders_alone(nodes: Nodes) -> None:
    used = {
        node.attr
        for _, node in nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "yaml" and "Load" in node.attr
    }
    named = {
        node.value
        for _, node in nodes
        if isinstance(node, ast.Constant) and str(node.value).endswith("Loader")
    }
    assert used | named
    assert not (used | named) & LOADERS


@pytest.mark.parametrize("path", sorted(templates_directory().rglob("*.*")), ids=lambda path: path.name)
def test_no_template_switches_the_escaping_off(path: Path) -> None:
    text = path.read_text()
    for word in ("autoescape", "|safe", "| safe", "__"):
        assert word not in text
    for scheme in ("http://", "//cdn", "<script", "javascript:", "onerror", "onload"):
        assert scheme not in text.replace("http://www.w3.org/", "")


def test_templates_run_in_a_sandbox_with_everything_escaped() -> None:
    made = environment()
    assert made.sandboxed
    assert made.autoescape is True
    assert not made.is_safe_attribute("", "__class__", str)
    with pytest.raises(OverflowError):
        made.from_string("{% for x in range(10000000) %}{% endfor %}").render()
