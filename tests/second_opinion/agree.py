"""Does the service agree with the second opinion on random patients? What it does not is shrunk and printed.

    python -m tests.second_opinion.agree --patients 20000 --seed 1 --jobs 2
    python -m tests.second_opinion.agree --only 4711            one patient, with what decided
    python -m tests.second_opinion.agree --service package.module:function

The exit code is 1 when they disagree.
"""

import argparse
import importlib
import sys
from collections import Counter
from dataclasses import dataclass, replace
from multiprocessing import get_context

import msgspec

from .evaluator import T03, T04, T05, T06, T07, T08, T09, T12, T15, T17, T23, TOPICS, cards, opinion
from .patients import Case, random_case

DEFAULT_SERVICE = "tests.second_opinion.service:in_process"


@dataclass(frozen=True)
class Disagreement:
    """A case on which the two answers differ."""

    seed: int
    case: Case
    ours: set
    theirs: set

    def kind(self):
        """Which cards only one of the two gives."""
        return (tuple(sorted(self.ours - self.theirs)), tuple(sorted(self.theirs - self.ours)))


# --- comparing ----------------------------------------------------------------------------------------------------


def answers(case, service):
    """(ours, theirs); an exception is an answer, and a wrong one."""
    ours = cards(case.hook, case.context, case.resources, case.today, among=topics_of(service))
    try:
        theirs = set(service(case.hook, case.context, case.resources, case.today))
    except Exception as error:
        theirs = {("exception", f"{type(error).__name__}: {error}"[:400])}
    return ours - left_out(ours, theirs), theirs


ABOUT_B12_DRAFTS = {T04, T05, T06, T07, T08, T09, T12, T15, T17, T23}
LOUDNESS = ["info", "warning", "critical"]


def left_out(ours, theirs):
    """Reading O6: of more than two cards about one draft two are shown, the loudest, and every critical one."""
    shown = {pair for pair in theirs if pair[0] in ABOUT_B12_DRAFTS | {T03}}
    gone = {pair for pair in ours - theirs if pair[0] in ABOUT_B12_DRAFTS | {T03} and pair[1] != "critical"}
    gone = {pair for pair in gone if sum(loudness(one) >= loudness(pair) for one in shown) >= 2}
    topics = {topic for topic, _ in gone}
    return gone | {pair for pair in ours if pair[1] == "said" and pair[0].split(":")[0] in topics}


def loudness(pair):
    return LOUDNESS.index(pair[1])


def topics_of(service):
    """The topics that this service has cards for; a plain function is taken to have all."""
    its_own = getattr(sys.modules[service.__module__], "topics", None)
    return its_own() if its_own else TOPICS


def compare(seed, service):
    """The disagreement about this patient, or None."""
    case = random_case(seed)
    ours, theirs = answers(case, service)
    return None if ours == theirs else Disagreement(seed, case, ours, theirs)


def disagreements(seeds, service, jobs=1, service_name=None, tell=lambda done, wrong: None):
    """All disagreements, in the order of the seeds; `jobs` above 1 needs the service by name."""
    if jobs == 1:
        results = (compare(seed, service) for seed in seeds)
        return collect(results, tell)
    with get_context("spawn").Pool(jobs, start_worker, [service_name]) as pool:
        return collect(pool.imap(compare_in_worker, seeds, chunksize=50), tell)


def collect(results, tell):
    wrong = []
    for done, result in enumerate(results, 1):
        if result is not None:
            wrong.append(result)
        tell(done, wrong)
    return wrong


WORKER = {}


def start_worker(service_name):
    WORKER["service"] = load(service_name)


def compare_in_worker(seed):
    return compare(seed, WORKER["service"])


def load(name):
    """The function that `package.module:function` names."""
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)


def start(service):
    """Let a service that cannot even start say so once, and not once for every patient."""
    begin = getattr(sys.modules[service.__module__], "loaded", None)
    if begin:
        begin()


# --- shrinking ----------------------------------------------------------------------------------------------------


def shrink(found, service, trim=False):
    """The same disagreement with as few resources and drafts (and, with `trim`, fields) as keep it alive."""
    smaller = True
    while smaller:
        smaller = next((one for one in smaller_cases(found.case, trim) if still(one, found, service)), None)
        found = replace(found, case=smaller) if smaller else found
    return found


def still(case, found, service):
    return answers(case, service) == (found.ours, found.theirs)


def smaller_cases(case, trim):
    """Every case with one thing less."""
    for index, resource in enumerate(case.resources):
        if not (resource["resourceType"] == "Patient" and resource.get("id") == case.context["patientId"]):
            yield replace(case, resources=without(case.resources, index))
    entries = case.context.get("draftOrders", {}).get("entry", [])
    for index in range(len(entries) if len(entries) > 1 else 0):
        bundle = {**case.context["draftOrders"], "entry": without(entries, index)}
        yield replace(case, context={**case.context, "draftOrders": bundle})
    if trim:
        for index, resource in enumerate(case.resources):
            for less in with_one_field_less(resource):
                yield replace(case, resources=[*case.resources[:index], less, *case.resources[index + 1:]])


def with_one_field_less(resource):
    for key in resource:
        if key not in ("resourceType", "id"):
            yield {name: value for name, value in resource.items() if name != key}


def without(items, index):
    return [*items[:index], *items[index + 1:]]


# --- printing ---------------------------------------------------------------------------------------------------------


def as_text(found):
    """The case as JSON, both answers, and what decided here."""
    case = found.case
    why = opinion(case.hook, case.context, case.resources, case.today)[1]
    story = {"seed": found.seed, "today": case.today.isoformat(), "hook": case.hook, "context": case.context,
             "resources": case.resources}
    encoded = msgspec.json.Encoder(decimal_format="number").encode(story)
    return "\n".join([
        msgspec.json.format(encoded, indent=2).decode(),
        f"second opinion: {sorted(found.ours)}",
        f"service:        {sorted(found.theirs)}",
        f"decided by:     {why}",
    ])


def summary(wrong):
    lines = Counter(one.kind() for one in wrong)
    first = {kind: min(one.seed for one in wrong if one.kind() == kind) for kind in lines}
    return "\n".join(
        f"{count:6}  only second opinion: {list(kind[0])}  only service: {list(kind[1])}  first seed {first[kind]}"
        for kind, count in lines.most_common()
    )


def progress(total):
    """A counter on a terminal; in a pipe a line for each thousand."""
    def tell(done, wrong):
        says = f"{done} of {total} patients, {len(wrong)} disagreements"
        if sys.stderr.isatty() and (done % 100 == 0 or done == total):
            print(f"\r{says}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif done % 1000 == 0:
            print(f"{says}: seeds {[one.seed for one in wrong]}", file=sys.stderr, flush=True)
    return tell


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=20000, help="how many random patients")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes")
    parser.add_argument("--show", type=int, default=3, help="how many disagreements to shrink and print")
    parser.add_argument("--trim", action="store_true", help="shrink fields, too (may change the reason)")
    parser.add_argument("--only", type=int, help="print the patient of this seed with both answers")
    parser.add_argument("--service", default=DEFAULT_SERVICE, help="package.module:function to compare with")
    return parser.parse_args()


def main():
    options = arguments()
    service = load(options.service)
    start(service)
    if options.only is not None:
        case = random_case(options.only)
        print(as_text(Disagreement(options.only, case, *answers(case, service))))
        return
    seeds = range(options.seed, options.seed + options.patients)
    wrong = disagreements(seeds, service, options.jobs, options.service, progress(len(seeds)))
    shown = {one.kind(): one for one in reversed(wrong)}  # one of each kind says more than three of one kind
    for found in list(shown.values())[::-1][: options.show]:
        print(as_text(shrink(found, service, options.trim)), end="\n\n")
    print(summary(wrong) if wrong else f"agreed on {len(seeds)} patients")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
