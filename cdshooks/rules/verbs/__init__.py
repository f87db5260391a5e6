"""The closed set of verbs. Each is one small frozen class: what it needs, how it answers, what it saw."""

from cdshooks.rules.verbs.drugs import AlsoDrafting, Drafting, Given, OnHold, PerhapsDrafting, Started, Taking
from cdshooks.rules.verbs.latest import Latest
from cdshooks.rules.verbs.noted import Allergic, InFamily
from cdshooks.rules.verbs.person import Age, Deceased, HookIs, SexIs
from cdshooks.rules.verbs.problems import EverHad, Has
from cdshooks.rules.verbs.results import NoResult, Preliminary, Unusable
from cdshooks.rules.verbs.visits import NoVisit, Requested, Requesting

# An opening that begins with another one's word stands before it.
VERBS = (
    Drafting, PerhapsDrafting, AlsoDrafting, Requesting, Taking, OnHold, Given, Started, Has, EverHad, InFamily,
    Allergic, Latest, Preliminary, Unusable, Requested, NoVisit, NoResult, Age, SexIs, Deceased, HookIs,
)  # fmt: skip
