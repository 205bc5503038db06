"""The configuration reference says what the settings are."""

from pathlib import Path

import pytest

from doudi.configuration import SERVICES, page, variables
from kit.settings import ServiceSettings, SettingsWrong
from matcher.settings import MatcherSettings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


def test_the_committed_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run ./run configuration and review the diff"


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_setting_stands_on_the_page_with_its_meaning(service: str) -> None:
    known = variables(SERVICES[service][1])
    assert len(known) > 10
    for name, field in known.items():
        assert name.startswith(f"DOUDI_{service.upper()}_")
        assert field.description, name
        (line,) = [line for line in page().splitlines() if line.startswith(f"| `{name}` |")]
        assert line.count("|") == 5, f"{name}: a bar in a description breaks the table"
        assert line.endswith(f"| {field.description} |")


def test_a_secret_file_is_read_and_a_variable_outranks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "doudi_matcher_client_secret").write_text("from-a-file\n")
    (tmp_path / "doudi_matcher_client_id").write_text("from-a-file\n")
    for folder in ("DOUDI_SECRETS_DIR", "CREDENTIALS_DIRECTORY"):
        with monkeypatch.context() as told:
            told.setenv(folder, str(tmp_path))
            told.setenv("DOUDI_MATCHER_CLIENT_ID", "from-a-variable")
            settings = MatcherSettings.read()
        assert settings.client_secret.get_secret_value() == "from-a-file"
        assert settings.client_id == "from-a-variable"
        assert "from-a-file" not in repr(settings)


def test_a_value_that_cannot_be_used_is_named_but_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOUDI_MATCHER_LEASE_SECONDS", "hunter2")
    with pytest.raises(SettingsWrong, match="DOUDI_MATCHER_LEASE_SECONDS: ") as told:
        MatcherSettings.read()
    assert "hunter2" not in str(told.value)
    monkeypatch.setenv("DOUDI_SECRETS_DIR", "/nowhere/at/all")
    with pytest.raises(SettingsWrong, match="no folder of secrets"):
        MatcherSettings.read()


@pytest.mark.parametrize(
    ("listen", "place"),
    [("0.0.0.0:8700", ("0.0.0.0", 8700)), ("[::1]:80", ("::1", 80)), ("localhost:1", ("localhost", 1))],
)
def test_where_to_listen_is_a_host_and_a_port(listen: str, place: tuple[str, int]) -> None:
    assert ServiceSettings(listen=listen).place == place
