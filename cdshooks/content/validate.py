"""Writes anew which orders that come with us fhir.resources finds sound: `python -m cdshooks.content.validate`."""

from cdshooks.content.load import load_library
from cdshooks.content.orders import EXAMPLE, faults_of
from cdshooks.content.validated import LIST, digest


def main() -> None:
    orders = load_library().orders.values()
    filled = [template.fill(*EXAMPLE) for order in orders for template in order.variants]
    LIST.write_text("".join(sorted({f"{digest(r)}\n" for r in filled if not faults_of(r)})), encoding="ascii")


if __name__ == "__main__":
    main()
