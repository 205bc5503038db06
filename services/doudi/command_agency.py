"""The word `push` of the command line: what an agency's own machine runs every month."""

import os
import ssl
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from doudi.defects import Stop

if TYPE_CHECKING:
    from doudi.push import PatientAgency

# How a delivery ended → the exit code a scheduler can act on.
DONE, REFUSED, WAITS = 0, 1, 3
CODES = {"published": DONE, "unchanged": DONE, "validated": DONE, "needs_confirmation": WAITS}


def push(
    file: Annotated[Path, typer.Argument(help="XLSX, XLS, CSV, NDJSON or Parquet; gzip allowed", exists=True)],
    feed: Annotated[str, typer.Option(help="The feed that was agreed")],
    url: Annotated[str, typer.Option(envvar="DOUDI_URL", help="Address of the service")],
    client_id: Annotated[str, typer.Option(envvar="DOUDI_CLIENT_ID", help="Your client")],
    secret_file: Annotated[
        Path | None, typer.Option(help="File with its secret; else the variable DOUDI_CLIENT_SECRET")
    ] = None,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Only check: nothing counts")] = False,
    load: Annotated[str | None, typer.Option(help="snapshot or delta, if not as agreed")] = None,
    period: Annotated[str | None, typer.Option(help="The month or quarter it is for, 2021-06")] = None,
    extracted_at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day the file was exported")
    ] = None,
    whole: Annotated[bool, typer.Option("--all-or-nothing", help="One rejected row refuses the whole file")] = False,
    part_mb: Annotated[int, typer.Option(min=1, max=64, help="Size of a part; smaller files go in one call")] = 8,
    patience: Annotated[int, typer.Option(min=0, help="Seconds to wait for a service that does not answer")] = 600,
    ca: Annotated[Path | None, typer.Option(help="Certificate of the service's authority (PEM)")] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Your own certificate with its key (PEM), where asked for")
    ] = None,
) -> None:
    """Deliver a file and wait for what becomes of it. Broken off, the same command goes on where it stopped.

    Ends with 0 when all is well, 1 when the file was refused, 3 when somebody must confirm it, 2 for anything else.
    """
    import httpx

    from doudi.progress import steps
    from doudi.push import Order, PatientAgency, Pusher

    told = {
        "mode": "validate" if rehearse else None,
        "load": load,
        "period": period,
        "extracted_at": extracted_at.date().isoformat() if extracted_at else None,
        "atomicity": "batch" if whole else None,
    }
    options = {name: value for name, value in told.items() if value is not None}
    order = Order(feed, file, options, part_mb * 1024 * 1024)
    agency = PatientAgency(url, client_id, _secret(secret_file), tls=_tls(ca, certificate), patience=patience)
    with closing(agency.http), steps() as shown:
        agency.on_pause = lambda why: shown.show("wait", 0, 0, why)
        try:
            batch = Pusher(agency, order, shown).push()
        except KeyboardInterrupt:
            raise Stop("broken off: the same command goes on where it stopped") from None
        except httpx.TransportError as broken:
            raise Stop(
                f"no answer from {url} ({broken}): see the address and the line, then say the same again"
            ) from None
        shown.end(batch["state"])
        issues = _issues(agency, batch)
    print("\n".join([*_told(batch), *issues]), flush=True)
    raise typer.Exit(CODES.get(batch["state"], REFUSED))


def _secret(file: Path | None) -> str:
    secret = file.read_text("utf-8").strip() if file else os.environ.get("DOUDI_CLIENT_SECRET", "")
    if not secret:
        raise Stop("the client's secret is missing: name a file (--secret-file) or set DOUDI_CLIENT_SECRET")
    return secret


def _tls(ca: Path | None, certificate: Path | None) -> ssl.SSLContext | None:
    if ca is None and certificate is None:
        return None
    try:
        context = ssl.create_default_context(cafile=ca)
        if certificate is not None:
            context.load_cert_chain(certificate)
    except (OSError, ssl.SSLError) as wrong:
        raise Stop(f"a certificate cannot be read: {wrong}") from None
    return context


def _told(batch: dict[str, Any]) -> list[str]:
    lines = [f"batch     {batch['batch_id']}", f"state     {batch['state']}"]
    if batch["error"]:
        lines.append(f"reason    {batch['error']}")
    if batch["refusal"]:
        lines += [f"          {batch['refusal'][language]}" for language in ("zh", "en")]
    for guard in batch["held_for"]:
        figures = ", ".join(f"{name} {value}" for name, value in batch["held_figures"].get(guard, {}).items())
        lines.append(f"held for  {guard}: {figures}")
    if batch["state"] == "needs_confirmation":
        lines.append("          another client of your agency confirms it, or cancel it and send the right file")
    lines += [f"{rows:9,} {outcome}" for outcome, rows in (batch["outcomes"] or {}).items() if rows]
    return lines


def _issues(agency: "PatientAgency", batch: dict[str, Any]) -> list[str]:
    """The kinds of mistakes, and the first rejected rows with what is wrong with them."""
    counts = ((batch["reading"] or {}).get("issues") or {}).items()
    lines = [f"{rows:9,} rows with {code}" for code, rows in sorted(counts, key=lambda one: -one[1])[:10]]
    if (batch["outcomes"] or {}).get("rejected"):
        path = f"/matcher/v1/batches/{batch['batch_id']}/rows"
        rows = agency.call("GET", path, params={"outcome": "rejected", "limit": "5"}).json()["rows"]
        lines += [f"line {row['line']}: {issue['message']} {issue['hint']}" for row in rows for issue in row["issues"]]
    return lines
