"""Judges any CDS Hooks service from outside: `cds_conformance.judge(url) -> Report`, or `cds-conformance URL`."""

from cds_conformance.judge import judge, judge_again
from cds_conformance.report.model import Finding, Report, Verdict

__version__ = "0.1.0"
__all__ = ["Finding", "Report", "Verdict", "__version__", "judge", "judge_again"]
