"""The OpenAPI description holds against thousands of calls that are generated from it."""

import schemathesis
from hypothesis import settings as effort

from tests.test_contract import APP

# 412 is a right answer to a right request: it says which data are lacking.
WANTED = schemathesis.Config.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 412]}}})
CONTRACT = schemathesis.openapi.from_wsgi("/openapi.json", APP, config=WANTED)


@CONTRACT.parametrize()
@effort(max_examples=25)
def test_every_generated_call_is_answered_as_described(case):
    case.call_and_validate()
