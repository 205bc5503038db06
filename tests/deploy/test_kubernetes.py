"""The manifests are the chart with its defaults, pass Kubernetes' own schemas, and name only what there is."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from doudi.configuration import SERVICES as SETTINGS
from doudi.configuration import variables
from doudi.manifests import CHART, PLACE, defaults, rendered
from tests.deploy.image import DEPLOY, ROOT, environment

VERSION = "1.33"  # the oldest still looked after when this was written
FOLDER = DEPLOY / "kubernetes"
PARTS: list[dict[str, Any]] = [
    part for file in sorted(FOLDER.glob("*.yaml")) for part in yaml.safe_load_all(file.read_text())
]
DEPLOYMENTS = {part["metadata"]["name"]: part for part in PARTS if part["kind"] == "Deployment"}
POD_MAKERS = [part for part in PARTS if part["kind"] in {"Deployment", "Job"}]


def named(part: dict[str, Any]) -> str:
    return f"{part['kind']}-{part['metadata']['name']}"


def containers(part: dict[str, Any]) -> list[dict[str, Any]]:
    pod = part["spec"]["template"]["spec"]
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
    pod = part["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in containers(part):
        guarded = container["securityContext"]
        assert guarded["readOnlyRootFilesystem"] is True
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
        known = set(variables(SETTINGS[service_of(container)][1])) | {"DOUDI_SECRETS_DIR"}
        assert {one["name"] for one in container.get("env", [])} <= known


def test_what_is_named_is_there() -> None:
    by_kind = {
        kind: {part["metadata"]["name"] for part in PARTS if part["kind"] == kind}
        for kind in {p["kind"] for p in PARTS}
    }
    claims = {
        volume["persistentVolumeClaim"]["claimName"]
        for part in POD_MAKERS
        for volume in part["spec"]["template"]["spec"]["volumes"]
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
    secrets = {
        volume["secret"]["secretName"]
        for part in POD_MAKERS
        for volume in part["spec"]["template"]["spec"]["volumes"]
        if "secret" in volume
    }
    assert all(f"secret generic {name} " in readme for name in secrets)


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
