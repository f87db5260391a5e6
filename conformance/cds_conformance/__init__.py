"""Judges any CDS Hooks service from outside: `cds_conformance.judge(url) -> Report`, or `cds-conformance URL`."""

from cds_conformance.errors import BadOption
from cds_conformance.in_process import judge_app
from cds_conformance.judge import judge, judge_again
from cds_conformance.report.model import Finding, Report, Verdict
from cds_conformance.version import __version__

__all__ = ["BadOption", "Finding", "Report", "Verdict", "__version__", "judge", "judge_again", "judge_app"]
