"""What a browser measures of a page: first and largest paint, layout shifts, answers to input.

The definitions are those of Web Vitals: the largest contentful paint before the first input, the
worst window of layout shifts without input, and of all interactions the slowest, from the input
to the next paint (which is what the 98th percentile is below 50 interactions).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page

SLOWDOWN = 4
_TIMELINE, _LONG_MS = "disabled-by-default-devtools.timeline", 50
# The profile of "slow 4G" in Lighthouse: 1.6 Mbit/s down, 0.75 up, 150 ms there and back.
NETWORK = {
    "offline": False, "latency": 150,
    "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8,
}  # fmt: skip

WATCH = """
const told = (globalThis.told = { fcp: 0, lcp: 0, cls: 0, inputs: new Map() });
const watch = (type, each, more = {}) =>
  new PerformanceObserver((list) => list.getEntries().forEach(each))
    .observe({ type, buffered: true, ...more });
watch("paint", (entry) => {
  if (entry.name === "first-contentful-paint") told.fcp = entry.startTime;
});
watch("largest-contentful-paint", (entry) => (told.lcp = entry.startTime));
let [from, until, sum] = [0, 0, 0];
watch("layout-shift", (entry) => {
  if (entry.hadRecentInput) return;
  const again = entry.startTime - until > 1000 || entry.startTime - from > 5000;
  if (again) [from, sum] = [entry.startTime, 0];
  until = entry.startTime;
  sum += entry.value;
  told.cls = Math.max(told.cls, sum);
});
watch("event", (entry) => {
  if (!entry.interactionId) return;
  const slowest = told.inputs.get(entry.interactionId)?.[0] ?? 0;
  if (entry.duration > slowest) told.inputs.set(entry.interactionId, [entry.duration, entry.name]);
}, { durationThreshold: 16 });
"""
# Two frames later every observer has been told.
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200)))"


@dataclass(frozen=True)
class Vitals:
    """Milliseconds; `cls` has no unit, `kilobytes` came over the network, packed."""

    fcp: float
    lcp: float
    cls: float
    inp: float
    kilobytes: float
    slowest: str = ""


class Watched:
    """A page that is slow on purpose, and what it is seen to do."""

    def __init__(self, page: Page, session: CDPSession) -> None:
        self.page = page
        self._session = session
        self._bytes = 0.0
        session.on("Network.loadingFinished", self._came)

    def _came(self, event: dict[str, Any]) -> None:
        self._bytes += event["encodedDataLength"]

    def slow(self, rate: int = SLOWDOWN, network: dict[str, Any] | None = None) -> None:
        """Make the processor `rate` times slower, and the network as given."""
        self._session.send("Network.enable")
        if network:
            self._session.send("Network.emulateNetworkConditions", network)
        self._session.send("Emulation.setCPUThrottlingRate", {"rate": rate})

    def vitals(self) -> Vitals:
        """What has been measured until now."""
        self.page.evaluate(SETTLED)
        told = self.page.evaluate("({...told, inputs: [...told.inputs.values()]})")
        inputs = sorted(told["inputs"]) or [[0, ""]]
        return Vitals(
            told["fcp"], told["lcp"], told["cls"], inputs[-1][0], self._bytes / 1000,
            inputs[-1][1],
        )  # fmt: skip

    @contextmanager
    def tasks(self, told: list[float]) -> Iterator[None]:
        """Into `told` goes how long each task of the page's main thread over 50 ms was, in ms.

        In its own processor time, which is the same however busy the machine is; a slowdown of the
        processor counts, because it is made by spinning.
        """
        browser = self.page.context.browser
        assert browser is not None
        browser.start_tracing(page=self.page, categories=[_TIMELINE])
        try:
            yield
            self.page.evaluate(SETTLED)
        finally:
            events = json.loads(browser.stop_tracing())["traceEvents"]
        mains = {
            (event["pid"], event["tid"])
            for event in events
            if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
        }
        spent = [
            event.get("tdur", 0) / 1000
            for event in events
            if event["name"] == "RunTask" and (event["pid"], event["tid"]) in mains
        ]
        told += sorted((each for each in spent if each > _LONG_MS), reverse=True)


@contextmanager
def watched(browser: Browser, address: str, width: int = 1280, height: int = 860,
            state: Any = None) -> Iterator[Watched]:  # fmt: skip
    """A new page of an empty browser, with the cookies and storage of `state`."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, base_url=address, storage_state=state
    )
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    try:
        yield Watched(page, session)
    finally:
        context.close()


def middle(all_of: list[Vitals]) -> Vitals:
    """The median of each figure; of answers to input the slowest of all."""
    slowest = max(all_of, key=lambda one: one.inp)
    return Vitals(
        median(one.fcp for one in all_of), median(one.lcp for one in all_of),
        max(one.cls for one in all_of), slowest.inp,
        median(one.kilobytes for one in all_of), slowest.slowest,
    )  # fmt: skip
