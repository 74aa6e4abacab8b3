"""The sites that are known, and which of them an event concerns."""

from __future__ import annotations

from bot.github.model import SiteRef
from bot.sites import Sites

SITE = SiteRef(1, 10, "Open-Telemetry/site")
OTHER = SiteRef(2, 20, "makers/pages")


def known(*sites: SiteRef) -> Sites:
    found = Sites()
    for site in sites:
        found.add(site)
    return found


def test_nothing_is_known_in_the_beginning() -> None:
    sites = Sites()
    assert (len(sites), list(sites), sites.get(10)) == (0, [], None)
    assert sites.concerned_by("makers/rust") == ()


def test_sites_are_listed_by_name_whatever_their_case() -> None:
    assert list(known(SITE, OTHER)) == [OTHER, SITE]
    assert len(known(SITE, OTHER)) == 2


def test_a_site_is_known_by_its_number_whatever_it_is_called() -> None:
    sites = known(SITE)
    moved = SiteRef(2, 10, "makers/site")
    sites.add(moved)
    assert (sites.get(10), len(sites)) == (moved, 1)
    assert sites.of_installation(1) == ()
    assert sites.of_installation(2) == (moved,)


def test_a_repository_concerns_the_sites_that_name_it() -> None:
    sites = known(SITE, OTHER)
    sites.watch(10, frozenset({"makers/rust", "open-telemetry/go"}))
    sites.watch(20, frozenset({"makers/rust"}))
    assert set(sites.concerned_by("Makers/Rust")) == {SITE, OTHER}
    assert sites.concerned_by("open-telemetry/GO") == (SITE,)
    assert sites.concerned_by("makers/ruby") == ()


def test_a_site_that_was_not_observed_yet_may_name_any_repository() -> None:
    sites = known(SITE, OTHER)
    sites.watch(20, frozenset({"makers/rust"}))
    assert sites.concerned_by("makers/ruby") == (SITE,)


def test_a_site_that_was_forgotten_concerns_nobody() -> None:
    sites = known(SITE)
    sites.watch(10, frozenset({"makers/rust"}))
    sites.drop(10)
    sites.drop(10)
    assert (len(sites), sites.concerned_by("makers/rust")) == (0, ())
    sites.add(SITE)
    assert sites.concerned_by("makers/ruby") == (SITE,), "what it named is forgotten with it"


def test_what_an_installation_reaches_is_known_as_it_is_spelled() -> None:
    sites = known(SITE)
    assert sites.reached_by(1) == ()
    sites.reach(1, ["Makers/Rust", "makers/go"])
    assert sites.reached_by(1) == ("Makers/Rust", "makers/go")
    assert sites.reached_by(2) == ()
