"""The manifests are the chart with its defaults, pass Kubernetes' own schemas, and name only what there is."""

import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import kubernetes_validate
import pytest
import yaml
from typer.testing import CliRunner

from doudi.backup.installation import Rehearsing
from doudi.command_line import app
from doudi.configuration import variables
from doudi.manifests import CHART, PLACE, defaults, rendered
from tests.deploy.image import DEPLOY, ROOT, environment, instructions, known

VERSION = "1.33"  # the oldest still looked after when this was written
FOLDER = DEPLOY / "kubernetes"
PARTS: list[dict[str, Any]] = [
    part for file in sorted(FOLDER.glob("*.yaml")) for part in yaml.safe_load_all(file.read_text())
]
DEPLOYMENTS = {part["metadata"]["name"]: part for part in PARTS if part["kind"] == "Deployment"}
POD_MAKERS = [part for part in PARTS if part["kind"] in {"Deployment", "Job", "CronJob", "Pod"}]
BY_CLOCK = [part for part in PARTS if part["kind"] == "CronJob"]
OF_BACKUPS = [part for part in POD_MAKERS if "backup" in str(part["metadata"]["labels"])]


def named(part: dict[str, Any]) -> str:
    return f"{part['kind']}-{part['metadata']['name']}"


def made_by(part: dict[str, Any]) -> dict[str, Any]:
    """The pod that it is, or that is made by it."""
    spec = part["spec"]
    below: dict[str, Any] = spec.get("jobTemplate") or spec.get("template") or part
    return part if below is part else made_by(below)


def pod_of(part: dict[str, Any]) -> dict[str, Any]:
    """What that pod is to be."""
    pod: dict[str, Any] = made_by(part)["spec"]
    return pod


def secrets_of(part: dict[str, Any]) -> list[dict[str, Any]]:
    """Every secret a pod mounts, alone or among others: its name and which of its keys."""
    found = []
    for volume in pod_of(part)["volumes"]:
        if "secret" in volume:
            found.append({"name": volume["secret"]["secretName"]})
        found += [source["secret"] for source in volume.get("projected", {"sources": []})["sources"]]
    return found


def containers(part: dict[str, Any]) -> list[dict[str, Any]]:
    pod = pod_of(part)
    return [*pod.get("initContainers", []), *pod["containers"]]


def service_of(container: dict[str, Any]) -> str:
    found = re.fullmatch(r"doudi/(\w+):[\d.]+", container["image"])
    assert found
    return found[1]


@pytest.mark.parametrize("part", PARTS, ids=named)
def test_a_manifest_passes_the_schema_of_kubernetes(part: dict[str, Any]) -> None:
    kubernetes_validate.validate(part, VERSION, strict=True)


def test_the_schema_would_say_what_is_wrong() -> None:
    wrong = {**DEPLOYMENTS["doudi-registry"], "spec": {"replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def test_the_file_is_the_chart_with_its_defaults() -> None:
    values = defaults(ROOT / CHART)
    assert (FOLDER / "doudi.yaml").read_text() == rendered(ROOT / CHART, values), "./run manifests"
    assert yaml.safe_load((ROOT / CHART / "Chart.yaml").read_text())["apiVersion"] == "v2"


def test_the_templates_use_every_value_and_no_other_word_of_helm() -> None:
    text = "".join(file.read_text() for file in (ROOT / CHART / "templates").glob("*.yaml"))
    assert set(re.findall(r"\{\{.*?\}\}", text)) == {match[0] for match in PLACE.finditer(text)}

    def paths(told: dict[str, Any], above: str = "") -> set[str]:
        deeper = [
            paths(one, f"{above}{name}.") if isinstance(one, dict) else {above + name} for name, one in told.items()
        ]
        return set().union(*deeper)

    assert {match[1] for match in PLACE.finditer(text)} == paths(defaults(ROOT / CHART))


@pytest.mark.parametrize("part", POD_MAKERS, ids=named)
def test_a_pod_runs_as_nobody_in_particular_on_a_file_system_it_cannot_write(part: dict[str, Any]) -> None:
    pod = pod_of(part)
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in containers(part):
        guarded = container["securityContext"]
        assert guarded["readOnlyRootFilesystem"] is True
        assert guarded["allowPrivilegeEscalation"] is False
        assert guarded["capabilities"] == {"drop": ["ALL"]}
        mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        assert set(mounted.values()) <= volumes
        image = environment(service_of(container))
        if part["kind"] == "Deployment":  # every folder the image writes to stands on a volume
            assert {path for path in image.values() if re.fullmatch(r"/(data|keys|checkpoints|logs)", path)} <= set(
                mounted
            )


@pytest.mark.parametrize("part", POD_MAKERS, ids=named)
def test_a_container_is_told_only_what_its_service_knows(part: dict[str, Any]) -> None:
    for container in containers(part):
        told = {one["name"] for one in container.get("env", [])}
        assert told <= known(service_of(container)) | {"DOUDI_SECRETS_DIR"}


def test_what_is_named_is_there() -> None:
    by_kind = {
        kind: {part["metadata"]["name"] for part in PARTS if part["kind"] == kind}
        for kind in {p["kind"] for p in PARTS}
    }
    claims = {
        volume["persistentVolumeClaim"]["claimName"]
        for part in POD_MAKERS
        for volume in pod_of(part)["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert claims == by_kind["PersistentVolumeClaim"]
    (ingress,) = (part for part in PARTS if part["kind"] == "Ingress")
    paths = ingress["spec"]["rules"][0]["http"]["paths"]
    assert {path["backend"]["service"]["name"] for path in paths} == by_kind["Service"]
    assert [path["path"] for path in paths] == ["/registry/", "/.well-known/", "/matcher/", "/"]
    urls = {
        re.sub(r"^http://|:8700$", "", one["value"])
        for part in POD_MAKERS
        for container in containers(part)
        for one in container.get("env", [])
        if one["value"].startswith("http://")
    }
    assert urls <= by_kind["Service"]
    readme = (DEPLOY / "README.md").read_text()
    made = {
        name: set(re.findall(r"--from-file=(\w+)", rest))
        for name, rest in re.findall(r"create secret generic (doudi-[a-z]+) ((?:.*\\\n)*.*)", readme)
    }
    asked = [secret for part in POD_MAKERS for secret in secrets_of(part)]
    assert {secret["name"] for secret in asked} == set(made)
    for secret in asked:
        assert {item["key"] for item in secret.get("items", [])} <= made[secret["name"]]
        assert all(item["key"] == item["path"] for item in secret.get("items", []))
    every = known("registry") | known("matcher") | set(variables(Rehearsing))
    assert {name.upper() for names in made.values() for name in names} <= every


def test_several_replicas_take_turns_and_a_restart_leaves_one() -> None:
    assert {name: part["spec"]["replicas"] for name, part in DEPLOYMENTS.items()} == dict.fromkeys(DEPLOYMENTS, 2)
    guarded = {
        part["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
        for part in PARTS
        if part["kind"] == "PodDisruptionBudget"
    }
    assert guarded == {"registry", "matcher", "console"}
    for part in DEPLOYMENTS.values():
        assert part["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert Path(DEPLOY / "README.md").read_text().count("Not tried on a cluster") == 1


def test_backups_run_by_the_clock_one_at_a_time_and_not_for_ever() -> None:
    """Every night, and every Sunday after it, as the timers of systemd have it."""
    times = {part["metadata"]["name"]: part["spec"]["schedule"] for part in BY_CLOCK}
    assert times == {"doudi-backup": "30 2 * * *", "doudi-backup-verify": "30 4 * * 0"}
    for part, day in zip(BY_CLOCK, ("*-*-*", "Sun *-*-*"), strict=True):
        timer = (DEPLOY / "systemd" / f"{part['metadata']['name']}.timer").read_text()
        minute, hour = part["spec"]["schedule"].split()[:2]
        assert f"OnCalendar={day} {int(hour):02}:{minute}:00" in timer
        told = part["spec"]
        assert ZoneInfo(told["timeZone"]).key == "Asia/Shanghai"
        assert (told["concurrencyPolicy"], told["suspend"]) == ("Forbid", False)
        assert told["startingDeadlineSeconds"] >= 3600
        job = told["jobTemplate"]["spec"]
        assert 3600 <= job["activeDeadlineSeconds"] < 86400
        assert job["backoffLimit"] <= 1
        assert pod_of(part)["restartPolicy"] == "Never"
        (container,) = containers(part)
        assert container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"]


def test_one_value_switches_both_off() -> None:
    values = defaults(ROOT / CHART)
    values["backup"]["suspend"] = True
    parts = list(yaml.safe_load_all(rendered(ROOT / CHART, values)))
    assert [part["spec"]["suspend"] for part in parts if part["kind"] == "CronJob"] == [True, True]


@pytest.mark.parametrize("part", [part for part in OF_BACKUPS if part["kind"] != "Pod"], ids=named)
def test_a_job_says_words_the_command_line_knows(part: dict[str, Any]) -> None:
    (container,) = containers(part)
    assert "command" not in container  # the image's own, which test_images reads
    done = CliRunner().invoke(app, [*container["args"], "--help"])
    assert done.exit_code == 0, done.stdout
    wrong = CliRunner().invoke(app, [*container["args"], "--no-such-word", "--help"])
    assert wrong.exit_code == 2


@pytest.mark.parametrize("part", OF_BACKUPS, ids=named)
def test_a_pod_of_backups_mounts_what_its_image_names_and_nothing_else(part: dict[str, Any]) -> None:
    (container,) = containers(part)
    image = environment("backup")
    of_services = {str(Path(image[name]).parent) if name.endswith("_FILE") else image[name] for name in image
                   if name.endswith(("_DIR", "_FILE"))}  # fmt: skip
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounted - {"/tmp", "/run/secrets/doudi"} <= of_services | {"/backups"}
    assert {word for word in container.get("args", []) if word.startswith("/")} <= mounted
    assert {place for place in of_services if place.startswith("/keys/")} <= mounted
    writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    keys = {place for place in writable if place.startswith("/keys/")}
    assert bool(keys) == (part["kind"] == "Pod")  # by hand alone
    assert instructions("backup", "USER") == [f"{pod_of(part)['securityContext']['runAsUser']}:10001"]


def test_whoever_reads_everything_speaks_to_the_databases_alone() -> None:
    (policy,) = (part for part in PARTS if part["kind"] == "NetworkPolicy" and "Egress" in part["spec"]["policyTypes"])
    chosen = policy["spec"]["podSelector"]["matchLabels"]
    for part in POD_MAKERS:
        labels = made_by(part).get("metadata", {}).get("labels", {})
        assert (chosen.items() <= labels.items()) == (part in OF_BACKUPS), named(part)
    assert [[one["port"] for one in way["ports"]] for way in policy["spec"]["egress"]] == [[5432], [53, 53]]


def test_the_readme_says_words_and_names_that_exist() -> None:
    readme = (DEPLOY / "README.md").read_text()
    names = {(part["kind"].lower(), part["metadata"]["name"]) for part in PARTS}
    told = re.findall(r"\b(cronjob|deployment|pod|job)[/ ]((?:doudi-[a-z-]+ ?)+)", readme)
    assert {kind for kind, _ in told} == {"cronjob", "deployment", "pod", "job"}
    assert {(kind, name) for kind, several in told for name in several.split()} <= names
    (both,) = set(re.findall(r"for c in ([a-z -]+); do kubectl -n doudi patch cronjob", readme))
    assert both.split() == [part["metadata"]["name"] for part in BY_CLOCK]
    said = re.findall(r"exec -it doudi-by-hand -- python -m doudi\.command_line (.+)", readme)
    assert len(said) == 2
    for words in said:
        done = CliRunner().invoke(app, [*words.split(), "--help"])
        assert done.exit_code == 0, done.stdout
    for image, version in set(re.findall(r"doudi/(\w+):([\d.]+)", readme)):
        assert f"doudi/{image}:{version}" in {one["image"] for part in POD_MAKERS for one in containers(part)}
