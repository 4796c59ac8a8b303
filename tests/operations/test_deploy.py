"""What the files for deploying name is there: settings, metrics, entries of the runbook, paths."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from glossator.foundation.measures import CATALOGUE, described
from glossator.settings import Settings, variable

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
ALERTS = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text("utf-8"))
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((DEPLOY / "grafana/dashboards/glossator.json").read_text("utf-8"))
_VARIABLE = re.compile(r"\b(?:GLOSSATOR|ANTHROPIC|OPENAI|OPENROUTER|GEMINI)_[A-Z_]+\b")
_METRIC = re.compile(r"\bglossator_[a-z_]+\b")
_SELECTOR = re.compile(r"\b(glossator_[a-z_]+)\{([^}]*)\}")
_BY = re.compile(r"\bby \(([^)]*)\)")


def exposed() -> set[str]:
    """The names that samples have."""
    names = set()
    for metric in CATALOGUE:
        parts = ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",)
        names |= {metric.name + part for part in parts}
    return names


def labels_of(sample: str) -> set[str]:
    metric = next(m for m in CATALOGUE if sample in {m.name, *(m.name + p for p in
                  ("_bucket", "_sum", "_count"))})  # fmt: skip
    return {*metric.labels, "job", "instance", "le"}


def expressions() -> list[str]:
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*panels, *(rule["expr"] for rule in RULES)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_only_settings_that_exist_are_set(path: Path):
    named = set(_VARIABLE.findall(path.read_text("utf-8")))
    assert named <= {variable(name) for name in Settings.model_fields}


def test_only_metrics_that_exist_are_asked_for_with_labels_that_they_have():
    found = expressions()
    assert len(found) > 30
    for expression in found:
        assert set(_METRIC.findall(expression)) <= exposed(), expression
        for sample, selector in _SELECTOR.findall(expression):
            used = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector))
            assert used <= labels_of(sample), expression
        grouped = {label.strip() for by in _BY.findall(expression) for label in by.split(",")}
        known = set().union(*(labels_of(name) for name in _METRIC.findall(expression)), {"job"})
        assert grouped <= known, expression


def test_every_metric_can_be_seen_on_the_dashboard():
    shown = {name for panel in DASHBOARD["panels"] for target in panel["targets"]
             for name in _METRIC.findall(target["expr"])}  # fmt: skip
    for metric in CATALOGUE:
        assert any(name.startswith(metric.name) for name in shown), metric.name


def test_every_alert_says_what_and_leads_to_the_runbook():
    runbook = (ROOT / "docs/runbook.md").read_text("utf-8")
    entries = re.findall(r"^## (\w+)$", runbook, re.MULTILINE)
    names = [rule["alert"] for rule in RULES]
    assert entries == names
    for rule in RULES:
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_the_runbook_names_metrics_that_exist():
    named = set(_METRIC.findall((ROOT / "docs/runbook.md").read_text("utf-8")))
    assert named
    assert named <= exposed() | {metric.name for metric in CATALOGUE}


def test_the_guide_lists_every_metric_as_the_program_does():
    """`python -c` with `glossator.foundation.measures.described` prints the rows."""
    rows = [f"| `{row['name']}` | {row['kind']} | {row['labels'] or '—'} | {row['meaning']} |"
            for row in described()]  # fmt: skip
    guide = (ROOT / "docs/guide/operations.md").read_text("utf-8")
    listed = [line for line in guide.splitlines() if line.startswith("| `glossator_")]
    assert listed == rows


def test_compose_has_what_the_issue_asks_for_and_keeps_its_promises():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    services = compose["services"]
    assert {"web", "worker", "proxy", "postgres", "qdrant", "files", "prometheus",
            "grafana"} <= services.keys()  # fmt: skip
    assert services["web"]["deploy"]["replicas"] == 2
    for name in ("web", "worker"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["environment"]["GLOSSATOR_ENV"] == "production"
    # A secret that is missing stops it, and none has a default.
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    assert not re.search(r"\$\{\w*(?:PASSWORD|SECRET|TOKEN)\w*:-", text)
    given = set(re.findall(r"\$\{(\w+)", text))
    example = (DEPLOY / ".env.example").read_text("utf-8")
    assert given <= set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    # What others must not reach isn't published.
    published = {name for name, service in services.items() if "ports" in service}
    assert published == {"proxy", "grafana"}


def test_what_the_image_is_built_from_is_there():
    dockerfile = (DEPLOY / "Dockerfile").read_text("utf-8")
    allowed = re.findall(
        r"^!(.+)$", (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8"), re.MULTILINE
    )
    copied = [source for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
              for source in line.split()[:-1]]  # fmt: skip
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert source in allowed
    assert "USER 10001" in dockerfile
    railway = json.loads((ROOT / "railway.json").read_text("utf-8"))
    assert (ROOT / railway["build"]["dockerfilePath"]).exists()
    assert railway["deploy"]["healthcheckTimeout"] <= 90


def test_pods_run_as_nobody_and_are_asked_how_they_are():
    folder = DEPLOY / "kubernetes"
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))["resources"]
    assert set(listed) == {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    parts = [part for name in listed for part in yaml.safe_load_all((folder / name).read_text())]
    deployments = [part for part in parts if part["kind"] == "Deployment"]
    assert {part["metadata"]["name"] for part in deployments} == {"web", "worker"}
    guarded = {part["metadata"]["name"] for part in parts if part["kind"] == "PodDisruptionBudget"}
    assert guarded == {"web", "worker"}
    for part in deployments:
        pod = part["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert {"startupProbe", "livenessProbe"} <= container.keys()
        assert part["spec"]["selector"]["matchLabels"].items() <= (
            part["spec"]["template"]["metadata"]["labels"].items()
        )
