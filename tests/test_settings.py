"""The environment is read by its contract, and every fault is told at once."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from bot.settings import Settings, SettingsError, graphql_url_of, load_settings


@cache
def rsa_pem(number: int = 0, password: bytes = b"") -> str:
    """A key for each number; small ones are quick to make and are enough to be read."""
    assert number >= 0
    encryption: KeySerializationEncryption = BestAvailableEncryption(password) if password else NoEncryption()
    return (
        rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - quick to make
        .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, encryption)
        .decode()
    )


def environment(**changes: str | None) -> dict[str, str]:
    """A complete environment with some variables changed, or left out with None."""
    complete = {"APP_ID": "12345", "PRIVATE_KEY": rsa_pem(), "WEBHOOK_SECRET": "shibboleth"}
    return {name: value for name, value in (complete | changes).items() if value is not None}


def faults_of(**changes: str | None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environment(**changes))
    return caught.value.faults


def test_three_variables_are_enough_and_the_rest_have_the_defaults_of_the_contract() -> None:
    settings = load_settings(environment())
    assert settings.app_id == 12345
    assert settings.webhook_secrets == ("shibboleth",)
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)  # noqa: S104 - the default in question
    assert settings.public_url is None
    assert settings.api_url == "https://api.github.com"
    assert (settings.log_level, settings.log_format) == ("info", "text")
    assert (settings.resync_minutes, settings.resync_seconds) == (30, 1800)
    assert settings.debounce_seconds == 2


def test_every_variable_is_read() -> None:
    settings = load_settings(
        environment(
            HOST="127.0.0.1",
            PORT="9000",
            PUBLIC_URL="https://bot.example.org/",
            GITHUB_API_URL="https://github.example.org/api/v3/",
            LOG_LEVEL="WARNING",
            LOG_FORMAT="JSON",
            RESYNC_MINUTES="7.5",
            DEBOUNCE_SECONDS="0",
        )
    )
    assert (settings.host, settings.port) == ("127.0.0.1", 9000)
    assert settings.public_url == "https://bot.example.org"
    assert settings.api_url == "https://github.example.org/api/v3"
    assert (settings.log_level, settings.log_format) == ("warning", "json")
    assert (settings.resync_seconds, settings.debounce_seconds) == (450, 0)


def test_a_blank_variable_counts_as_not_set() -> None:
    settings = load_settings(environment(PORT="", LOG_LEVEL="  ", PUBLIC_URL="", PRIVATE_KEY_PATH=" "))
    assert (settings.port, settings.log_level, settings.public_url) == (8000, "info", None)


def test_an_empty_environment_is_told_everything_it_lacks() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({})
    assert [fault.split(" ", 1)[0] for fault in caught.value.faults] == [
        "APP_ID",
        "PRIVATE_KEY",
        "WEBHOOK_SECRET",
    ]
    assert str(caught.value) == "\n".join(caught.value.faults)


def test_all_faults_are_told_at_once_each_in_one_sentence_that_begins_with_the_variable() -> None:
    wrong = {
        "APP_ID": "my-app",
        "PRIVATE_KEY": "no key",
        "WEBHOOK_SECRET": "one,,two",
        "PORT": "70000",
        "PUBLIC_URL": "bot.example.org",
        "GITHUB_API_URL": "ftp://api.github.com",
        "LOG_LEVEL": "loud",
        "LOG_FORMAT": "xml",
        "RESYNC_MINUTES": "nan",
        "DEBOUNCE_SECONDS": "-1",
    }
    faults = faults_of(**wrong)
    assert [fault.split(" ", 1)[0] for fault in faults] == list(wrong)
    assert all(fault.endswith(".") and ": write " in fault for fault in faults)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("APP_ID", "0"),
        ("APP_ID", "-3"),
        ("APP_ID", "1.5"),
        ("APP_ID", "9" * 400),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("RESYNC_MINUTES", "0"),
        ("RESYNC_MINUTES", "0.001"),
        ("RESYNC_MINUTES", "inf"),
        ("RESYNC_MINUTES", "9" * 400),
        ("DEBOUNCE_SECONDS", "nan"),
        ("DEBOUNCE_SECONDS", "61"),
        ("DEBOUNCE_SECONDS", "2s"),
    ],
)
def test_a_number_that_is_none_or_out_of_range_is_a_fault(name: str, text: str) -> None:
    (fault,) = faults_of(**{name: text})
    assert fault.startswith(f"{name} is no ")


def test_who_tries_the_bot_out_need_not_wait_a_minute_for_a_resync() -> None:
    assert load_settings(environment(RESYNC_MINUTES="0.05")).resync_seconds == 3


@pytest.mark.parametrize("name", ["PUBLIC_URL", "GITHUB_API_URL"])
@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("github.example.org", "https://"),
        ("https://", "https://"),
        ("https://exa mple.org", "https://"),
        ("https://[::1", "no URL"),
        ("https://example.org:99999", "no URL"),
        ("https://me:pass@example.org", "password"),
        ("https://example.org/?a=b", "a host and a path"),
        ("http://example.org", "within this machine"),
        ("http://10.0.0.1:8000", "within this machine"),
        ("http://localhost.example.org", "within this machine"),
    ],
)
def test_a_url_that_cannot_be_used_safely_is_a_fault(name: str, url: str, complaint: str) -> None:
    (fault,) = faults_of(**{name: url})
    assert fault.startswith(name)
    assert complaint in fault


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost", "http://bot.localhost", "http://[::1]:3000"]
)
def test_http_is_good_enough_within_this_machine(url: str) -> None:
    settings = load_settings(environment(GITHUB_API_URL=url, PUBLIC_URL=url))
    assert (settings.api_url, settings.public_url) == (url, url)


@pytest.mark.parametrize(
    ("api_url", "graphql_url"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://github.example.org/api/v3", "https://github.example.org/api/graphql"),
        ("https://api.octocorp.ghe.com/", "https://api.octocorp.ghe.com/graphql"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/graphql"),
    ],
)
def test_the_graphql_end_point_follows_the_api_url(api_url: str, graphql_url: str) -> None:
    assert graphql_url_of(api_url) == graphql_url
    assert load_settings(environment(GITHUB_API_URL=api_url)).graphql_url == graphql_url


@pytest.mark.parametrize(
    "url", ["https://github.com", "https://github.example.org/", "https://octocorp.ghe.com"]
)
def test_githubs_pages_are_not_taken_for_its_api(url: str) -> None:
    """Every request would be answered 404, as if the app or the code of its registration were unknown."""
    (fault,) = faults_of(GITHUB_API_URL=url)
    assert fault.startswith("GITHUB_API_URL is the address of pages")
    assert "https://HOST/api/v3" in fault


def test_several_webhook_secrets_are_accepted_for_rotation() -> None:
    settings = load_settings(environment(WEBHOOK_SECRET="new, old,new"))
    assert settings.webhook_secrets == ("new", "old")


@pytest.mark.parametrize("secret", [",", "one,", ",one", "one, ,two"])
def test_an_empty_webhook_secret_is_a_fault(secret: str) -> None:
    (fault,) = faults_of(WEBHOOK_SECRET=secret)
    assert fault.startswith("WEBHOOK_SECRET holds an empty secret")


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(rsa_pem(), id="as it stands in the file"),
        pytest.param(rsa_pem().replace("\n", "\\n"), id="with escaped line ends"),
        pytest.param(rsa_pem().replace("\n", "\r\n"), id="with Windows line ends"),
        pytest.param("\n  " + rsa_pem().replace("\n", "\n  "), id="indented"),
    ],
)
def test_the_private_key_is_understood_however_it_was_pasted(written: str) -> None:
    assert load_settings(environment(PRIVATE_KEY=written)).private_key == rsa_pem()


def test_the_private_key_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_text(rsa_pem())
    settings = load_settings(environment(PRIVATE_KEY=None, PRIVATE_KEY_PATH=str(file)))
    assert settings.private_key == rsa_pem()
    assert load_pem_private_key(settings.private_key.encode(), password=None).key_size == 1024  # type: ignore[union-attr]


def test_both_ways_to_give_the_key_are_a_fault_only_where_they_disagree(tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_text(rsa_pem().replace("\n", "\r\n"))
    assert load_settings(environment(PRIVATE_KEY_PATH=str(file))).private_key == rsa_pem()
    file.write_text(rsa_pem(1))
    (fault,) = faults_of(PRIVATE_KEY_PATH=str(file))
    assert "different keys" in fault


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "names an empty file"),
        (b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n", "no private key in PEM"),
        (b"\x30\x82\xff\xfe\x00", "no private key in PEM"),
    ],
)
def test_a_key_file_without_a_key_is_a_fault(content: bytes, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_bytes(content)
    (fault,) = faults_of(PRIVATE_KEY=None, PRIVATE_KEY_PATH=str(file))
    assert fault.startswith("PRIVATE_KEY_PATH")
    assert complaint in fault


@pytest.mark.parametrize("path", ["missing.pem", ".", "a" * 5000, "with\0null"])
def test_a_key_file_that_cannot_be_read_is_a_fault(path: str, tmp_path: Path) -> None:
    (fault,) = faults_of(PRIVATE_KEY=None, PRIVATE_KEY_PATH=str(tmp_path / path))
    assert fault.startswith("PRIVATE_KEY_PATH names a file that cannot be read (")
    assert str(tmp_path) not in fault


def test_a_key_that_is_no_plain_rsa_key_is_a_fault() -> None:
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (fault,) = faults_of(PRIVATE_KEY=elliptic.decode())
    assert fault.startswith("PRIVATE_KEY is no RSA key")
    (fault,) = faults_of(PRIVATE_KEY=rsa_pem(0, b"passphrase"))
    assert fault.startswith("PRIVATE_KEY is protected by a passphrase")


def test_a_key_put_in_the_place_of_its_path_is_recognised() -> None:
    (fault,) = faults_of(PRIVATE_KEY=None, PRIVATE_KEY_PATH=rsa_pem())
    assert fault == "PRIVATE_KEY_PATH holds a key, not a path: move it to PRIVATE_KEY."


def test_no_value_is_ever_repeated_in_a_fault_for_it_may_be_a_misplaced_secret() -> None:
    secret = "correct-horse-battery-staple"
    names = ("APP_ID", "PRIVATE_KEY", "PORT", "PUBLIC_URL", "GITHUB_API_URL", "LOG_LEVEL", "LOG_FORMAT")
    for name in (*names, "RESYNC_MINUTES", "DEBOUNCE_SECONDS"):
        (fault,) = faults_of(**{name: secret})
        assert secret not in fault
    (fault,) = faults_of(WEBHOOK_SECRET=f"{secret},")
    assert secret not in fault


def test_neither_repr_nor_str_shows_a_secret() -> None:
    channel = "https://smee.io/whoever-knows-this-reads-along"
    settings = load_settings(environment(WEBHOOK_SECRET="opensesame,shibboleth", WEBHOOK_PROXY_URL=channel))
    for shown in (repr(settings), str(settings), f"{settings}"):
        assert "12345" in shown
        assert "opensesame" not in shown
        assert "shibboleth" not in shown
        assert "PRIVATE KEY" not in shown
        assert "whoever" not in shown
    assert settings.secrets == (rsa_pem(), "opensesame", "shibboleth", channel)


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = load_settings(environment())
    with pytest.raises(AttributeError):
        settings.port = 1  # type: ignore[misc]


def test_importing_the_settings_does_not_load_cryptography() -> None:
    program = "import sys, bot.settings; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603 - own text


def test_settings_can_be_made_by_hand_for_a_test_or_a_demo() -> None:
    settings = Settings(app_id=1, private_key="key", webhook_secrets=("s",), port=0)
    assert settings.port == 0
