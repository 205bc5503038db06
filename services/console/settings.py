"""What the console can be told: where the two services are, and its own key ring."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from kit.peers import own_or_secure
from kit.settings import Listening, place_of


class ConsoleSettings(Listening):
    """Settings of the console. It keeps nothing: whoever is signed in is known by a sealed cookie."""

    model_config = SettingsConfigDict(env_prefix="DOUDI_CONSOLE_", frozen=True, extra="forbid")

    registry_url: str = Field(
        "http://127.0.0.1:8700", description="The registry's address: https, or http on the loopback or to a container"
    )
    matcher_url: str = Field(
        "http://127.0.0.1:8700", description="The matcher's address: https, or http on the loopback or to a container"
    )
    keys_file: Path = Field(Path("keys.json"), description="Key ring, mode 600: it seals the cookies")
    listen: str = Field("127.0.0.1:8702", pattern=r"^[^/\s]+:\d{1,5}$", description="Host and port to listen on")
    public_url: str = Field(
        "http://127.0.0.1:8702", description="Address under which browsers reach it: forms from elsewhere are refused"
    )
    timeout_seconds: float = Field(20.0, gt=0, description="Longest time a page waits for a service")
    business_month_day: int = Field(
        15,
        ge=1,
        le=28,
        description="Last day of a business month on the board; it begins on the day after, the month before",
    )
    page_rows: int = Field(50, ge=10, le=200, description="Rows of a list on one page")
    max_upload_bytes: int = Field(50 * 1024 * 1024, ge=1024, description="Largest file taken from a browser, in bytes")

    @field_validator("registry_url", "matcher_url")
    @classmethod
    def is_own_or_secure(cls, told: str) -> str:
        """Tokens travel there: in the clear on this machine alone, or to a container beside this one."""
        beside = urlsplit(told)
        if beside.scheme == "http" and beside.hostname and "." not in beside.hostname:
            return told.rstrip("/")
        return own_or_secure(told).rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether browsers come by https: then the cookie is for https alone."""
        return self.public_url.startswith("https:")

    @property
    def place(self) -> tuple[str, int]:
        """Host and port to listen on."""
        return place_of(self.listen)
