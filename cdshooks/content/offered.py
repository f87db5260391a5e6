"""What may be offered, as the draft that it would become: read once for all calls of a day, for it is content alone."""

from cdshooks.chart.chart import Chart, Provided
from cdshooks.content.orders import Template
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.dates import Clock

NOBODY = "nobody"
# What is offered would become a draft: it is judged as if it were about to be signed.
AS_IF = "order-sign"


class Offered:
    """Charts of nobody, each with one order of ours drafted; what calls borrow of them is that draft, and its answers.

    A call of two cards judges two such drafts, which took a quarter of it: 13,210 function calls are 10,150.
    Bounded by the number of templates, some kilobytes each.
    """

    def __init__(self):
        self._drafted: dict[int, tuple[Template, Chart]] = {}

    def __reduce__(self):
        """Packed or copied it is empty: what a chart remembers of a question goes by the question's identity."""
        return Offered, ()

    def of(self, template: Template, concepts: Concepts, clock: Clock) -> Chart:
        """Nobody, for whom this is drafted at a time."""
        _, chart = self._drafted.get(id(template), (None, None))
        if chart is None or chart.clock != clock:
            drafts = [template.fill(NOBODY, clock.today.isoformat())]
            chart = Chart(concepts, clock, NOBODY, AS_IF, Provided(everything=True), drafts)
            self._drafted[id(template)] = template, chart
        return chart
