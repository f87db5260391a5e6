"""The closed set of verbs. Each is one small frozen class: what it needs, how it answers, what it saw."""

from cdshooks.rules.verbs.drugs import AlsoDrafting, Drafting, Given, Taking
from cdshooks.rules.verbs.person import Age, Deceased, HookIs
from cdshooks.rules.verbs.problems import Has
from cdshooks.rules.verbs.results import Latest, NoResult, Preliminary, Unusable

VERBS = (Drafting, AlsoDrafting, Taking, Given, Has, Latest, Preliminary, Unusable, NoResult, Age, Deceased, HookIs)
