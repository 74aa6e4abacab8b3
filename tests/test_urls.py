"""A repository is found in every URL that names one, and nothing else is taken for a repository."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.status.urls import repository_of

COMMON_FORMS = [
    "https://github.com/Org/some.Repo-1",
    "https://github.com/Org/some.Repo-1/",
    "https://github.com/Org/some.Repo-1.git",
    "http://github.com/Org/some.Repo-1",
    "https://www.github.com/Org/some.Repo-1",
    "HTTPS://GitHub.COM/Org/some.Repo-1",
    "https://github.com/Org/some.Repo-1/tree/main/docs",
    "https://github.com/Org/some.Repo-1/releases?page=2#latest",
    "https://github.com//Org/some.Repo-1",
    "https://github.com:443/Org/some.Repo-1",
    "https://somebody@github.com/Org/some.Repo-1",
    "git@github.com:Org/some.Repo-1.git",
    "ssh://git@github.com/Org/some.Repo-1.git",
    "git+https://github.com/Org/some.Repo-1.git",
    "  https://github.com/Org/some.Repo-1  ",
]


@pytest.mark.parametrize("url", COMMON_FORMS)
def test_every_common_form_names_the_repository_as_it_is_spelled(url: str) -> None:
    assert repository_of(url) == "Org/some.Repo-1"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "`` is not a URL: write https://github.com/OWNER/NAME"),
        ("o/n", "`o/n` is not a URL: write https://github.com/o/n"),
        ("github.com/o/n", "`github.com/o/n` is not a URL: write https://github.com/o/n"),
        ("the repository", "`the repository` is not a URL: write https://github.com/OWNER/NAME"),
        (
            "mailto:git@github.com",
            "`mailto:git@github.com` is not a URL: write https://github.com/OWNER/NAME",
        ),
        (
            "https://github.com/o/n\tame",
            "`https://github.com/o/n\\tame` is not a URL: write https://github.com/OWNER/NAME",
        ),
        (
            "https://github.com/o/n and more",
            "`https://github.com/o/n and more` is not a URL: write https://github.com/OWNER/NAME",
        ),
        ("https://[github/o/n", "`https://[github/o/n` is not a URL: write https://github.com/OWNER/NAME"),
        (
            "https://gitlab.com/o/n",
            "`https://gitlab.com/o/n` is not on github.com: write https://github.com/OWNER/NAME",
        ),
        (
            "https://github.com.evil.example/o/n",
            "`https://github.com.evil.example/o/n` is not on github.com: write https://github.com/OWNER/NAME",
        ),
        (
            "https://github.com/o",
            "`https://github.com/o` names an owner and no repository: write https://github.com/OWNER/NAME",
        ),
        (
            "https://github.com/o/.git",
            "`https://github.com/o/.git` names an owner and no repository: write https://github.com/OWNER/NAME",
        ),
        (
            "https://github.com/o/..",
            "`https://github.com/o/..` names an owner and no repository: write https://github.com/OWNER/NAME",
        ),
        (
            "https://github.com/o/a%20b",
            "`https://github.com/o/a%20b` names an owner and no repository: write https://github.com/OWNER/NAME",
        ),
        (
            "https://github.com/",
            "`https://github.com/` names no repository: write https://github.com/OWNER/NAME",
        ),
        (
            "https://github.com/orgs/o/repositories",
            "`https://github.com/orgs/o/repositories` names no repository: write https://github.com/OWNER/NAME",
        ),
    ],
)
def test_anything_else_is_refused_with_what_to_write(url: str, expected: str) -> None:
    with pytest.raises(ValueError, match="write https://github") as error:
        repository_of(url)
    assert str(error.value) == expected


def test_other_hosts_are_allowed_by_name_with_their_port_or_all_together() -> None:
    assert repository_of("https://GHE.example/o/n", {"ghe.example"}) == "o/n"
    assert repository_of("http://127.0.0.1:8123/o/n", {"127.0.0.1:8123"}) == "o/n"
    assert repository_of("http://127.0.0.1:8123/o/n", {"127.0.0.1"}) == "o/n"
    assert repository_of("https://gitlab.com/o/n", None) == "o/n"
    with pytest.raises(ValueError, match=r"is not on ghe\.example: write https://ghe\.example/OWNER/NAME"):
        repository_of("https://github.com/o/n", {"ghe.example"})
    with pytest.raises(ValueError, match=r"is not on 127\.0\.0\.1:8123"):
        repository_of("http://127.0.0.1:9999/o/n", {"127.0.0.1:8123"})


@given(
    st.text(), st.sampled_from(["", "https://", "https://github.com/", "git@", "//", "https://github.com/o/"])
)
def test_no_text_makes_it_fail_in_another_way(text: str, before: str) -> None:
    try:
        owner, _, name = repository_of(before + text).partition("/")
    except ValueError:
        return
    assert owner
    assert name
    assert "/" not in name
