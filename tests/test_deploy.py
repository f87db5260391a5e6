"""What is in deploy/ is tried as far as it can be here: alerts, dashboard, systemd unit, image and compose files."""

import json
import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from cdshooks.config import Settings
from cdshooks.observe.metrics import Metrics, exposition
from tests.conftest import MISSING

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
DASHBOARD = DEPLOY / "grafana" / "cdshooks.json"


def run(program, *words):
    if not shutil.which(program):
        pytest.skip(f"{MISSING}{program} is not installed")
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


# Alerts and dashboard -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    """Every name that a scrape can show, with its labels: read off a scrape in which everything was counted once."""
    metrics = Metrics("1", CollectorRegistry())
    metrics.request("call", "s", 200, 0.1)
    metrics.card("s", "t", "info")
    metrics.cannot_tell("t", "not provided")
    metrics.fetch("https://ehr", "ok", 0.1)
    metrics.authentication("accepted", "c")
    metrics.feedback("s", ["accepted"])
    metrics.reload("done")
    metrics.stopped("timeout")
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(exposition(metrics.registry)[0].decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def expressions():
    for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]:
        yield from ((rule["alert"], rule["expr"]) for rule in group["rules"])
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    for panel in dashboard["panels"]:
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])
    yield from ((one["name"], one["expr"]) for one in dashboard["annotations"]["list"])


@pytest.mark.parametrize(("name", "expression"), list(expressions()), ids=lambda text: text[:40])
def test_every_metric_and_label_that_is_asked_for_is_one_that_is_told(name, expression, known):
    asked = re.findall(r"\b(cdshooks_\w+)(?:\{([^}]*)\})?", expression)
    assert asked or "up{" in expression
    for metric, selector in asked:
        assert metric in known, f"{name}: there is no metric {metric}"
        labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector or ""))
        assert labels <= known[metric] | {"job", "instance"}, f"{name}: {metric} has no such label"
    grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", expression) for label in by.split(",")}
    everywhere = set().union(*(known[metric] for metric, _ in asked)) if asked else set()
    assert grouped <= everywhere | {"job", "instance"}, name


def test_every_metric_is_on_the_dashboard_or_in_an_alert(known):
    def plain(names):
        return {re.sub(r"_(bucket|count|sum)$", "", name) for name in names if not name.endswith("_created")}

    asked = {metric for _, expression in expressions() for metric in re.findall(r"\bcdshooks_\w+", expression)}
    assert plain(known) - plain(asked) == {"cdshooks_reloads_total", "cdshooks_build_info"}


def test_every_metric_is_in_the_guide(known):
    guide = (ROOT / "docs" / "running.md").read_text("utf-8")
    names = {re.sub(r"_(bucket|count|sum)$", "", name) for name in known if not name.endswith("_created")}
    assert [name for name in sorted(names) if f"`{name}`" not in guide] == []


def test_each_alert_says_what_is_wrong_and_what_to_do():
    for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            assert set(rule["annotations"]) == {"summary", "action"}, rule["alert"]
            assert rule["labels"]["severity"] in ("critical", "warning")


def test_prometheus_takes_the_rules_and_the_configuration():
    assert run("promtool", "check", "rules", str(ALERTS))[0] == 0
    assert run("promtool", "check", "config", str(DEPLOY / "prometheus" / "prometheus.yaml"))[0] == 0


def test_the_alerts_fire_when_they_should_and_not_otherwise():
    code, said = run("promtool", "test", "rules", str(ROOT / "tests" / "alerts.test.yaml"))
    assert code == 0, said


def test_no_panel_lies_on_another():
    taken = set()
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= 24
        cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
        assert not cells & taken
        taken |= cells


# systemd, image, compose ----------------------------------------------------------------------------------------------


def test_systemd_takes_the_unit(tmp_path):
    """With a program that is there: without one it would say only that."""
    text = (DEPLOY / "systemd" / "cdshooks.service").read_text("utf-8")
    (tmp_path / "cdshooks.service").write_text(text.replace("/opt/cdshooks/bin/cdshooks", "/bin/true"))
    assert run("systemd-analyze", "verify", str(tmp_path / "cdshooks.service")) == (0, "")


def test_the_unit_gives_little_away():
    code, said = run("systemd-analyze", "security", "--offline=true", "--threshold=20", str(DEPLOY / "systemd" / "cdshooks.service"))
    assert code == 0, said[-300:]


COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
# Settings that the files of deploy/ name, and nothing else.
VARIABLES = {f"CDSHOOKS_{setting.name.upper()}" for setting in fields(Settings)}


def test_the_files_name_only_settings_that_there_are():
    named = set(COMPOSE["x-service"]["environment"])
    named |= set(re.findall(r"CDSHOOKS_\w+", (DEPLOY / "Dockerfile").read_text("utf-8")))
    assert {name.removesuffix("_FILE") for name in named} - VARIABLES == set()


def test_every_service_and_secret_that_compose_names_is_declared():
    for name, service in COMPOSE["services"].items():
        assert set(service.get("depends_on", ())) <= set(COMPOSE["services"]), name
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"]), name
        assert {one["source"] for one in service.get("configs", ())} <= set(COMPOSE["configs"]), name
        assert set(service.get("networks", ())) <= set(COMPOSE["networks"]), name


def test_nothing_but_nginx_has_a_port_to_the_world():
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["nginx"]


def test_what_the_image_copies_is_there_and_it_does_not_run_as_root():
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    for line in re.findall(r"(?m)^COPY (?!--from)(.+)$", text):
        assert all((ROOT / path).exists() for path in line.split()[:-1]), line
    assert re.findall(r"(?m)^USER (.+)$", text) == ["10001"]
    assert "--require-hashes" in text


def test_the_image_holds_what_the_service_was_tested_with():
    def pins(name):
        return set(re.findall(r"(?m)^\S+==\S+", (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")))

    assert pins("serve") <= pins("image") <= pins("test")
    assert any(pin.startswith("psycopg-binary==") for pin in pins("image"))


def test_the_two_nginx_files_differ_in_addresses_only():
    def plain(name):
        text = (DEPLOY / "nginx" / name).read_text("utf-8").split("\n", 1)[1]
        places = r"/etc/ssl/cdshooks/|/run/secrets/|/var/log/nginx/cdshooks(-error)?\.log|/dev/std(out|err)"
        return re.sub(rf"{places}|(# )?server (127.0.0.1|first|second):\d+;", "", text)

    assert plain("cdshooks.conf") == plain("compose.conf")


# Kubernetes, lock files, SBOM -----------------------------------------------------------------------------------------

KUBERNETES = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "cdshooks.yaml").read_text("utf-8")))
POD = next(one for one in KUBERNETES if one["kind"] == "Deployment")["spec"]["template"]["spec"]


def test_the_manifest_names_only_settings_and_volumes_that_there_are():
    for container in (*POD["initContainers"], *POD["containers"]):
        assert {one["name"].removesuffix("_FILE") for one in container["env"]} <= VARIABLES
        assert {mount["name"] for mount in container["volumeMounts"]} <= {volume["name"] for volume in POD["volumes"]}
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert (POD["securityContext"]["runAsUser"], POD["automountServiceAccountToken"]) == (10001, False)


def test_the_manifest_asks_whether_the_service_is_ready_and_lets_it_finish():
    (container,) = POD["containers"]
    assert [container[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")] == ["/readyz", "/readyz", "/healthz"]
    assert POD["terminationGracePeriodSeconds"] >= 35
    labels = {"app.kubernetes.io/name": "cdshooks"}
    assert all(one["spec"]["selector"].get("matchLabels", one["spec"]["selector"]) == labels for one in KUBERNETES)


def test_everything_that_the_image_installs_from_elsewhere_is_pinned_by_hash():
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    for install in re.findall(r"pip install ([^\n]+)", text):
        assert "--require-hashes" in install or "--no-deps /tmp/wheel/" in install, install
    for name in ("image", "build"):
        lock = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
        assert len(re.findall(r"(?m)^\S+==[^\n]* \\\n    --hash=sha256:", lock)) == len(re.findall(r"(?m)^\S+==", lock)) > 0
    assert {line.split()[1] for line in re.findall(r"(?m)^FROM .*$", text)} == {"${BASE}"}


def test_the_sbom_has_every_package_of_the_image_and_a_licence_for_each_that_is_here(tmp_path):
    import sys

    subprocess.run([sys.executable, str(ROOT / "requirements" / "sbom.py"), str(tmp_path)], check=True, capture_output=True)
    made = json.loads((tmp_path / "sbom.cdx.json").read_text("utf-8"))
    pinned = set(re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[.*\])?==(\S+)", (ROOT / "requirements" / "image.txt").read_text("utf-8")))
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert {(one["name"], one["version"]) for one in made["components"]} == pinned
    assert all(one["purl"].startswith("pkg:pypi/") and one["properties"] for one in made["components"])
    assert len([one for one in made["components"] if "licenses" in one]) > 40


def test_nginx_writes_no_body_to_a_disk():
    text = (DEPLOY / "nginx" / "cdshooks.conf").read_text("utf-8")
    assert re.search(r"client_max_body_size\s+(\S+);", text)[1] == re.search(r"client_body_buffer_size\s+(\S+);", text)[1]
    assert "proxy_max_temp_file_size 0;" in text
