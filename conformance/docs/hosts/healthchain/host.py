"""The smallest host of HealthChain's CDS Hooks service, after the example in its README."""

import sys

import uvicorn
from fastapi import HTTPException
from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.gateway.cds import CDSHooksConfig
from healthchain.models.requests.cdsrequest import CDSRequest
from healthchain.models.responses.cdsresponse import Card, CDSResponse

# The default is /cds/cds-discovery; without this line no client that follows the standard finds the services.
cds = CDSHooksService(config=CDSHooksConfig(discovery_path="/cds-services"))


@cds.hook("patient-view", id="patient-greeter", title="Patient greeter", description="Greets the patient")
def greet(request: CDSRequest) -> CDSResponse:
    if "patient" not in (request.prefetch or {}):
        raise HTTPException(412, "prefetch key 'patient' is missing")
    patient = request.prefetch["patient"]
    return answer(f"The patient was born on {patient['birthDate']}") if patient else CDSResponse(cards=[])


@cds.hook("order-sign", id="order-counter", title="Order counter", description="Counts the orders")
def count(request: CDSRequest) -> CDSResponse:
    return answer(f"{len(request.context.draftOrders['entry'])} orders are to be signed")


def answer(summary: str) -> CDSResponse:
    return CDSResponse(cards=[Card(summary=summary, indicator="info", source={"label": "HealthChain example"})])


app = HealthChainAPI()
app.register_service(cds)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
