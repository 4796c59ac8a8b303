"""A finished check as a table, Markdown, JSON and JUnit; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.etree import ElementTree as ET

from glossator.insight import outcomes as counted
from glossator.insight.comparing import Change, Comparison, said, standing
from glossator.insight.evidence import Damage
from glossator.insight.outcomes import CLOSEST, Outcome
from glossator.retrieval.confidence import SURELY, SURELY_NOT

Row = tuple[str, str, str]
# Markdown and XML have no place for these; a book's text may hold them.
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
_LINES = 40


@dataclass(frozen=True, slots=True)
class Failed:
    """A figure below what was asked for."""

    name: str
    value: float | None
    wanted: float

    def sentence(self) -> str:
        """It in words."""
        value = "nothing to count" if self.value is None else f"{self.value:g}"
        return f"{self.name}: {value}, wanted {self.wanted:g}"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a check found."""

    made_by: Mapping[str, Any]
    figures: Mapping[str, Any]
    outcomes: tuple[Outcome, ...]
    damages: tuple[Damage, ...]
    comparison: Comparison | None
    failed: tuple[Failed, ...]
    seconds: float
    judge_prompt: str | None = None


def as_object(report: Report) -> dict[str, Any]:
    """The whole report as one JSON document."""
    return {
        "made_by": dict(report.made_by),
        "seconds": round(report.seconds, 2),
        "figures": report.figures,
        "failed": [asdict(each) for each in report.failed],
        "damages": [asdict(each) for each in report.damages],
        "comparison": None if report.comparison is None else _compared(report.comparison),
        "judge_prompt": report.judge_prompt,
        "questions": [{**counted.as_object(each), "said": said(each)} for each in report.outcomes],
    }


def rows(report: Report) -> list[Row]:
    """The figures as rows: group, name, value."""
    figures = report.figures
    finding, citing = figures["retrieval"], figures["citation"]
    refusal, answers = figures["refusal"], figures["answers"]
    cost, latency = figures["cost"], figures["latency"]
    found = [
        ("retrieval", f"questions with evidence ({finding['n']})", ""),
        ("", "evidence in the top 1", percent(finding["top1"])),
        ("", "evidence in the top 5", percent(finding["top5"])),
        ("", "evidence in the top 10", percent(finding["top10"])),
        ("", "mean reciprocal rank", number(finding["mrr"])),
        ("", "evidence within 2,200 tokens", percent(finding["in_context"])),
        ("citation", f"answered ({citing['n']})", ""),
        ("", "right chapter cited", percent(citing["chapter"])),
        ("", "right heading cited", percent(citing["heading"])),
        ("", "evidence inside a quote", percent(citing["evidence"])),
        ("", "sentences proven", percent(citing["proven"])),
        ("", "quotes that stand in the book", percent(citing["quotes_stand"])),
        (
            "refusal",
            f"answerable ({figures['answerable']}): answered",
            percent(refusal["answered"]),
        ),
        ("", "left open (closest passages)", percent(refusal["left_open"])),
        ("", "wrongly refused", percent(refusal["wrongly_refused"])),
        ("", f"not in the book ({figures['unanswerable']}): refused", percent(refusal["refused"])),
        ("", "left open (closest passages)", percent(refusal["absent_left_open"])),
        ("", "wrongly answered", percent(refusal["wrongly_answered"])),
        *_absent(refusal["absent"]),
        ("answers", "contain the short answer", percent(answers["contains"])),
        ("", "words of the expected answer", percent(answers["words"])),
        ("", "answer in the best sentence", percent(answers["best1"])),
        ("", "answer in the best 2 sentences", percent(answers["best2"])),
        ("", "answer in the best 3 sentences", percent(answers["best3"])),
    ]
    found += [("", f"judged {name}", str(n)) for name, n in answers["judged"].items()]
    return [
        *found,
        ("cost", "US dollars", f"{cost['usd']:.4f}"),
        ("", "tokens in / out", f"{cost['input_tokens']:,} / {cost['output_tokens']:,}"),
        ("latency", "CPU ms a question, p50 / p95", _pair(latency, "cpu_ms")),
        ("", "wall ms a question, p50 / p95", _pair(latency, "wall_ms")),
        ("", "seconds in all", f"{report.seconds:.1f}"),
    ]


def told(report: Report) -> list[str]:
    """What is to be looked at, sentence by sentence: damage, changes, thresholds."""
    lines = [
        f"Without the model: {n} questions ({reason})."
        for reason, n in report.figures["degraded"].items()
    ]
    lines += [each.sentence for each in report.damages]
    if report.comparison is not None:
        lines += [f"Worse: {_change(each)}" for each in report.comparison.worse]
        lines += [f"Better: {_change(each)}" for each in report.comparison.better]
        lines += [f"Edit: {each.sentence()}" for each in report.comparison.edits[:_LINES]]
        lines += [f"Differs: {each}" for each in report.comparison.program]
        if not (lines or report.comparison.added or report.comparison.removed):
            lines.append("Nothing differs from the baseline.")
    return [*lines, *(f"Below: {each.sentence()}" for each in report.failed)]


def doubtful(report: Report) -> list[Outcome]:
    """Questions that went wrong, then those that were left open."""
    wrong = [each for each in report.outcomes if is_missed(each)]
    left = [each for each in report.outcomes if each.mode == CLOSEST and not is_missed(each)]
    return wrong + left


def curve_line(report: Report) -> list[str]:
    """The refusal curve, a line for each threshold; the program's own two are marked."""
    lines = []
    for row in report.figures["refusal"]["curve"]:
        mark = "  <- the program's own" if row["threshold"] in (SURELY, SURELY_NOT) else ""
        lines.append(
            f"{row['threshold']:.2f}  kept {percent(row['kept'])}  refused "
            f"{percent(row['refused'])}  balanced {percent(row['balanced'])}{mark}"
        )
    return lines


def markdown(report: Report) -> str:
    """The report for a pull request or a wiki."""
    lines = [f"# Check of {_cell(report.made_by.get('book'))}", ""]
    lines += [", ".join(f"{_cell(k)}: {_cell(v)}" for k, v in report.made_by.items()), ""]
    if said_so := told(report):
        lines += ["## To look at", "", *(f"- {_cell(line)}" for line in said_so), ""]
    lines += ["## Figures", "", "| | | |", "|---|---|---|"]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows(report)]
    lines += ["", "## Refusal by threshold", "", "| threshold | kept | refused | balanced |"]
    lines += ["|---|---|---|---|"]
    lines += [
        f"| {row['threshold']:.2f} | {percent(row['kept'])} | {percent(row['refused'])} "
        f"| {percent(row['balanced'])} |"
        for row in report.figures["refusal"]["curve"]
    ]
    missed = doubtful(report)
    if missed:
        lines += ["", f"## Questions that went wrong or were left open ({len(missed)})", ""]
        lines += ["| question | | outcome |", "|---|---|---|"]
        lines += [
            f"| {_cell(each.id)} | {_cell(each.question)} | {_cell(said(each))} |"
            for each in missed[:_LINES]
        ]
        if len(missed) > _LINES:
            lines += ["", f"… and {len(missed) - _LINES} more; see the JSON report."]
    if report.judge_prompt:
        lines += ["", "## The judge's prompt", "", "````text", report.judge_prompt, "````"]
    return "\n".join(lines) + "\n"


def junit(report: Report) -> str:
    """JUnit's XML: a case for each question, each damage and each threshold."""
    suites = ET.Element("testsuites")
    _suite(
        suites,
        "questions",
        [(each.id, _miss(each)) for each in report.outcomes if each.mode != CLOSEST],
        [
            (each.id, f"{each.question}: left open")
            for each in report.outcomes
            if each.mode == CLOSEST
        ],
    )
    _suite(suites, "book", [(each.question, each.sentence) for each in report.damages])
    if report.comparison is not None:
        worse = [(each.id, _change(each)) for each in report.comparison.worse]
        _suite(suites, "baseline", worse)
    _suite(suites, "thresholds", [(each.name, each.sentence()) for each in report.failed])
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def is_missed(outcome: Outcome) -> bool:
    """Whether it went wrong: absent and answered, refused though it's there, another chapter cited.

    One that was left open, with the closest passages, isn't.
    """
    level, _ = standing(outcome)
    return level == 0 if not outcome.answerable else level < 2


def percent(value: float | None) -> str:
    """A share as people read it."""
    return "-" if value is None else f"{100 * value:.1f} %"


def number(value: float | None) -> str:
    """A figure between 0 and 1."""
    return "-" if value is None else f"{value:.3f}"


def _absent(kinds: Mapping[str, Any]) -> list[Row]:
    """A row for each kind of absent questions, where there are several."""
    return [
        (
            "",
            f"{kind} ({row['n']}): refused / balanced",
            f"{percent(row['refused'])} / {percent(row['balanced'])}",
        )
        for kind, row in (kinds.items() if len(kinds) > 1 else ())
    ]


def _suite(
    parent: ET.Element,
    name: str,
    cases: Sequence[tuple[str, str | None]],
    skipped: Sequence[tuple[str, str]] = (),
) -> None:
    """Cases with what went wrong with each, and cases that count as neither good nor bad."""
    counts = {
        "tests": len(cases) + len(skipped),
        "failures": sum(message is not None for _, message in cases),
        "skipped": len(skipped),
    }
    suite = ET.SubElement(
        parent, "testsuite", {"name": name} | {k: str(n) for k, n in counts.items()}
    )
    told = [(case, "failure", message) for case, message in cases]
    for case, kind, message in [*told, *((case, "skipped", why) for case, why in skipped)]:
        element = ET.SubElement(suite, "testcase", classname=f"glossator.{name}", name=_xml(case))
        if message is not None:
            ET.SubElement(element, kind, message=_xml(message))


def _miss(outcome: Outcome) -> str | None:
    return f"{outcome.question}: {said(outcome)}" if is_missed(outcome) else None


def _change(change: Change) -> str:
    return f"{change.id}, {change.before} then, {change.after} now ({change.reason})"


def _compared(comparison: Comparison) -> dict[str, Any]:
    def change(each: Change) -> dict[str, Any]:
        return {**asdict(each), "reason": each.reason}

    return {
        "worse": [change(each) for each in comparison.worse],
        "better": [change(each) for each in comparison.better],
        "edits": [{**asdict(each), "sentence": each.sentence()} for each in comparison.edits],
        "program": list(comparison.program),
        "added": list(comparison.added),
        "removed": list(comparison.removed),
    }


def _pair(latency: Mapping[str, float | None], name: str) -> str:
    values: Sequence[float | None] = [latency[f"{name}_p{q}"] for q in (50, 95)]
    return " / ".join("-" if value is None else f"{value:.1f}" for value in values)


def _cell(value: Any) -> str:
    return " ".join(str(value).translate(_CONTROL).replace("|", "\\|").split())


def _xml(text: str) -> str:
    return text.translate(_CONTROL)
