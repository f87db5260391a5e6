"""The floor to compare with: Flask and msgspec, that read the request and answer one card that never changes."""

import msgspec
from flask import Flask, Response, request

CARD = {"summary": "A card", "indicator": "info", "source": {"label": "Nobody"}, "detail": "Something to read. " * 20}


def create_app():
    app = Flask(__name__, static_folder=None)
    decoder, encoder = msgspec.json.Decoder(), msgspec.json.Encoder()

    @app.post("/cds-services/<service_id>")
    def call(service_id):
        decoder.decode(request.get_data(cache=False))
        return Response(encoder.encode({"cards": [CARD]}), content_type="application/json")

    return app
