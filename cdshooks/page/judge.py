"""Judge a CDS Hooks service: its address is pasted, the run is watched, and the report is read with its reasons."""

import queue
import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec

from flask import Blueprint, Response, render_template, request, stream_with_context

from cdshooks.errors import BadInput
from cdshooks.page.house import House

_BUDGET = 120.0  # seconds for all requests of a run
_one_at_a_time = threading.Lock()


def add(page: Blueprint, house: House) -> None:
    def judge():
        return render_template(
            "page/judge.html", url="", local=house.settings.page == "local", running=False, there=there()
        )

    def run():
        """The page as it grows: a line for each request, then the report."""
        if house.settings.page != "local":
            raise BadInput(
                "a service is judged from here only where this page is for its own machine: run cds-conformance URL"
            )
        url, spec = request.form.get("url", "").strip(), request.form.get("spec") or None
        if not there():
            raise BadInput("cds-conformance is not installed beside this service: pip install cds-conformance")
        if not url.startswith(("http://", "https://")) or len(url) > 500:
            raise BadInput("url: give the address of a service, such as http://127.0.0.1:8000")
        if not _one_at_a_time.acquire(blocking=False):
            raise BadInput("a service is being judged already; wait until that run has ended")
        told: queue.SimpleQueue = queue.SimpleQueue()
        # Begun here and not when the page is first read: whoever never reads it would keep the lock for ever.
        threading.Thread(target=_judge, args=(url, spec, told), daemon=True).start()
        return Response(stream_with_context(_watched(url, told)), content_type="text/html; charset=utf-8")

    page.add_url_rule("/judge", "judge", judge)
    page.add_url_rule("/judge", "run", run, methods=["POST"])


def there() -> bool:
    """The judge is a program of its own, that may be installed beside this one."""
    return find_spec("cds_conformance") is not None


def _watched(url: str, told: queue.SimpleQueue) -> Iterator[str]:
    head, _, tail = render_template("page/judge.html", url=url, local=True, running=True, there=True).partition(
        "<!-- here -->"
    )
    yield head
    while True:
        kind, what = told.get()
        if kind == "exchange":
            yield render_template("page/_exchange.html", exchange=what)
        else:
            yield render_template("page/_report.html", report=what if kind == "report" else None, trouble=what)
            break
    yield tail


def _judge(url: str, spec: str | None, told: queue.SimpleQueue) -> None:
    """In a thread of its own: the run goes on, and the lock is given back, even if nobody watches any more."""
    try:
        last = _outcome(url, spec, lambda one: told.put(("exchange", one)))
    finally:
        _one_at_a_time.release()  # before the last word: whoever has read it may start the next run
    told.put(last)


def _outcome(url: str, spec: str | None, progress: Callable) -> tuple[str, object]:
    """What the run ends with: ("report", the report) or ("trouble", a sentence). Nothing is raised."""
    try:
        from cds_conformance import judge
        from cds_conformance.errors import ConformanceError

        try:
            return "report", judge(url, spec=spec, budget=_BUDGET, progress=progress)
        except ConformanceError as trouble:
            return "trouble", str(trouble)
    except ImportError:
        return "trouble", "the judge is not installed, it is a distribution of its own: cds-conformance"
    except Exception as fault:  # whoever watches must learn that it is over
        return "trouble", f"the judge itself failed ({type(fault).__name__}); run cds-conformance for the details"
